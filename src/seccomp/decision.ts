import { errnoOf } from '../kernel/errno.ts';
import type { Action } from './action.ts';
import { precedence } from './action-value.ts';
import { callNumber } from './call-number.ts';
import type { Condition } from './condition.ts';
import type { Filter, Rule } from './filter.ts';

/** The decision about one call number: the first case whose condition holds, else `otherwise`. */
export interface Decision {
  /** Conditions under which the answer is allow, before any case. They may hold for calls from one place only. */
  readonly overrides: readonly Condition[];
  readonly cases: readonly { readonly condition: Condition; readonly action: Action }[];
  readonly otherwise: Action;
  /** Conditions under which kill_process stays what it is, whatever the filter answers in its place. */
  readonly kept: readonly Condition[];
}

/** Linux has no such call; include/uapi/asm-generic/errno.h. */
export const ENOSYS: Extract<Action, { kind: 'errno' }> = { kind: 'errno', errno: errnoOf('ENOSYS') };

const ALLOW: Action = { kind: 'allow' };

/** The decisions of a filter, by call number. */
export interface Decisions {
  /** The numbers that something in the filter names. */
  readonly numbers: ReadonlyMap<number, Decision>;
  /** The answer to every other number below `firstUnknown`, and to -1. */
  readonly known: Action;
  /** The answer to every other number from `firstUnknown` on. */
  readonly unknown: Action;
}

/** Orders the rules of each call so that the first match is the filter's answer. */
export function decisions(filter: Filter): Decisions {
  const { architecture, scope, firstUnknown } = filter;
  const unsupported = new Set(filter.unsupported);
  const unnamed = (number: number): Action =>
    unsupported.has(number) || number >= firstUnknown ? ENOSYS : filter.default;

  const numbers = new Map<number, Decision>();
  const decided = scope ?? new Set(filter.unsupported.map((number) => `syscall_${number}`));
  for (const name of decided) {
    const number = callNumber(name, architecture);
    if (number !== undefined)
      numbers.set(number, { overrides: [], cases: [], otherwise: unnamed(number), kept: [] });
  }
  for (const [name, call] of rulesByCall(filter)) {
    const number = callNumber(name, architecture);
    if (number === undefined || (scope !== undefined && !scope.has(name))) continue;
    numbers.set(number, decide(call, call.rules.length > 0 ? filter.default : unnamed(number)));
  }
  return scope === undefined
    ? { numbers, known: filter.default, unknown: ENOSYS }
    : { numbers, known: ALLOW, unknown: ALLOW };
}

interface CallRules {
  readonly overrides: Rule[];
  readonly rules: Rule[];
  readonly kept: Rule[];
}

function rulesByCall(filter: Filter): ReadonlyMap<string, CallRules> {
  const calls = new Map<string, CallRules>();
  const entry = (call: string): CallRules => {
    const known = calls.get(call) ?? { overrides: [], rules: [], kept: [] };
    calls.set(call, known);
    return known;
  };
  for (const rule of filter.rules) entry(rule.call).rules.push(rule);
  for (const rule of filter.overrides) entry(rule.call).overrides.push(rule);
  for (const rule of filter.kills?.except ?? []) entry(rule.call).kept.push(rule);
  return calls;
}

function decide({ overrides, rules, kept }: CallRules, otherwise: Action): Decision {
  const ordered = [...rules].sort((a, b) => precedence(a.action) - precedence(b.action));
  return {
    overrides: overrides.map(({ condition }) => condition),
    cases: ordered.map(({ condition, action }) => ({ condition, action })),
    otherwise,
    kept: kept.map(({ condition }) => condition),
  };
}
