import type { Architecture } from '../../kernel/architecture.ts';
import { isSystemCall, SYSTEM_CALL_NAMES, syscallName, syscallNumber } from '../../kernel/system-calls.ts';
import type { Span } from '../../policy/diagnostic.ts';
import { nearest } from '../../policy/nearest.ts';
import type { Action } from '../action.ts';
import { precedence } from '../action-value.ts';
import { X32_SYSCALL_BIT } from '../call-number.ts';
import { actionText } from '../language/action-text.ts';
import { type Case, firstMatchRules } from './first-match.ts';
import { finishedImport } from './import-seccomp.ts';
import type { Imported, ImportOptions } from './imported.ts';
import type { Problems } from './problems.ts';

/** A call as a foreign policy names it, by name or by number. */
export interface ForeignCall {
  readonly name: string | bigint;
  readonly span: Span;
}

/** Collects the answers of a first-match policy, call by call, in its order. */
export class ForeignCalls {
  readonly #cases = new Map<string, Case[]>();
  /** Calls that this architecture cannot name, with the answers of the policy. */
  readonly #missing: { readonly call: ForeignCall; readonly action: Action }[] = [];
  readonly #options: ImportOptions;
  readonly #problems: Problems;

  constructor(options: ImportOptions, problems: Problems) {
    this.#options = options;
    this.#problems = problems;
  }

  add(call: ForeignCall, entry: Case): void {
    const name = callName(call.name, this.#options.architecture);
    if (name === undefined) {
      this.#missing.push({ call, action: entry.action });
      return;
    }
    const cases = this.#cases.get(name) ?? [];
    this.#cases.set(name, cases);
    cases.push(entry);
  }

  cases(call: ForeignCall): readonly Case[] {
    const name = callName(call.name, this.#options.architecture);
    return (name === undefined ? undefined : this.#cases.get(name)) ?? [];
  }

  /** Returns the import as a whole. `place` is that of the source's answer to other calls. */
  imported(fallback: Action, place?: Span): Imported {
    const { architecture } = this.#options;
    const problems = this.#problems;
    const reported = new Set<string>();
    for (const { call, action } of this.#missing) {
      const key = `${call.name} ${precedence(action) < precedence(fallback)}`;
      if (!reported.has(key)) reportMissing(call, action, fallback, architecture, problems);
      reported.add(key);
    }
    const rules = [...this.#cases].flatMap(([name, cases]) =>
      firstMatchRules(name, cases, fallback, architecture, problems),
    );
    return finishedImport({ default: actionText(fallback), rules }, fallback, architecture, place, problems);
  }
}

/** Our name of a call; `undefined` where the architecture has none. */
function callName(name: string | bigint, architecture: Architecture): string | undefined {
  if (typeof name === 'string') return syscallNumber(name, architecture) === undefined ? undefined : name;
  if (name < 0n || name >= BigInt(X32_SYSCALL_BIT)) return undefined;
  return syscallName(Number(name), architecture) ?? `syscall_${name}`;
}

function reportMissing(
  { name, span }: ForeignCall,
  action: Action,
  fallback: Action,
  architecture: Architecture,
  problems: Problems,
): void {
  if (typeof name === 'string' && isSystemCall(name)) {
    const message = `${architecture} has no system call '${name}'; what is said of it has no effect there`;
    problems.loss('call-elsewhere', message, span);
    return;
  }
  const message =
    typeof name === 'string'
      ? `no system call is named '${name.slice(0, 60)}'`
      : `no call of ${architecture} can have the number ${name}`;
  const close = typeof name === 'string' ? nearest(name.slice(0, 60), SYSTEM_CALL_NAMES) : undefined;
  const meant = close === undefined ? undefined : `did you mean '${close}'?`;
  if (precedence(action) >= precedence(fallback)) {
    problems.loss('unknown-call', `${message}; it gets the default`, span, meant);
  } else {
    const help = meant ?? 'take it out of the source: left out here, it would be let through';
    problems.error('unknown-call', message, span, help);
  }
}
