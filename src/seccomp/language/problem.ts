import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { RuleText } from '../../policy/seccomp-policy.ts';
import type { Range } from './rule-syntax.ts';

/** A problem with a rule, by its place in the rule's text. */
export interface RuleProblem extends Range {
  readonly code: string;
  readonly message: string;
  readonly help: string | undefined;
}

/** Thrown inside this folder to leave a parser; never crosses its border. */
export class RuleError extends Error {
  readonly problem: RuleProblem;

  constructor(code: string, message: string, range: Range, help?: string) {
    super(message);
    this.name = 'RuleError';
    this.problem = { code, message, offset: range.offset, length: Math.max(1, range.length), help };
  }
}

export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: RuleProblem };

/** Runs a parser and turns its `RuleError` into data. */
export function attempt<Value>(parse: () => Value): Result<Value> {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (error instanceof RuleError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** The problem as a place in the policy file. */
export function problemDiagnostic(problem: RuleProblem, rule: RuleText): Diagnostic {
  const { code, message, help } = problem;
  const span =
    rule.span === undefined
      ? undefined
      : { ...rule.span, column: rule.span.column + problem.offset, length: problem.length };
  return { code, severity: 'error', message, span, help };
}
