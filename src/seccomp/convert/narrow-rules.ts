import type { Architecture } from '../../kernel/architecture.ts';
import type { Span } from '../../policy/diagnostic.ts';
import type { Action } from '../action.ts';
import { precedence } from '../action-value.ts';
import { actionText } from '../language/action-text.ts';
import { conditionText } from '../language/condition-text.ts';
import { type Conjunction, simplifyConjunction } from './conjunction.ts';
import type { ImportedRule } from './imported.ts';

/** A rule of another tool for one call. */
export interface ForeignRule {
  readonly call: string;
  readonly action: Action;
  /** All must hold. */
  readonly tests: Conjunction;
  /** False when the rule may match fewer calls than the tests say, because part of it cannot be said or is not known here. */
  readonly exact: boolean;
  readonly comment: string | undefined;
  /** The place where the rule names the call. */
  readonly span: Span;
}

/**
 * Writes the rules in our language. They answer no call less restrictively than the given rules, for any meaning of the inexact
 * ones. A rule that denies is taken as far as its tests reach. A rule that allows is left out, and where something more
 * permissive stood behind it, the default takes its place.
 */
export function narrowRules(
  rules: readonly ForeignRule[],
  fallback: Action,
  architecture: Architecture,
): readonly ImportedRule[] {
  const mostPermissive = new Map<string, number>();
  for (const { call, action } of rules)
    mostPermissive.set(call, Math.max(mostPermissive.get(call) ?? 0, precedence(action)));
  return rules.flatMap(({ call, action, tests, exact, comment }) => {
    const simple = simplifyConjunction(tests);
    if (simple === undefined) return [];
    const rule = (answer: Action): ImportedRule => ({
      text: ruleText(call, simple, answer, architecture),
      comment,
    });
    if (exact || precedence(action) <= precedence(fallback)) return [rule(action)];
    return (mostPermissive.get(call) ?? 0) > precedence(action) ? [rule(fallback)] : [];
  });
}

/** A line of the filter language for one call. */
export function ruleText(
  call: string,
  tests: Conjunction,
  action: Action,
  architecture: Architecture,
): string {
  const condition =
    tests.length === 0 ? '' : `(${conditionText({ kind: 'and', terms: tests }, call, architecture)})`;
  return `${call}${condition}${action.kind === 'allow' ? '' : ` -> ${actionText(action)}`}`;
}
