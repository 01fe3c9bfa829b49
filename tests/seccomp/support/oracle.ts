import type { Action } from '../../../src/seccomp/action.ts';
import type { Condition } from '../../../src/seccomp/condition.ts';
import type { Filter, Rule } from '../../../src/seccomp/filter.ts';

/** A call of the filter's own architecture. */
export interface Call {
  readonly nr: number;
  readonly args: readonly bigint[];
}

const KILL = 0x80000000;

/** The kernel's order, as ranks of the upper half of the return value read as a signed number. */
function rank(value: number): number {
  return (value & 0xffff0000) | 0;
}

/** What seccomp(2) says each answer is. Written down again on purpose: it shares nothing with the compiler. */
export function returnValue(action: Action): number {
  switch (action.kind) {
    case 'kill_process':
      return KILL;
    case 'kill_thread':
      return 0;
    case 'trap':
      return 0x30000 + action.data;
    case 'errno':
      return 0x50000 + action.errno;
    case 'user_notif':
      return 0x7fc00000;
    case 'trace':
      return 0x7ff00000 + action.data;
    case 'log':
      return 0x7ffc0000;
    case 'allow':
      return 0x7fff0000;
  }
}

/** The more restrictive of two answers; of equals the first. */
export function stricter(first: number, second: number): number {
  return rank(second) < rank(first) ? second : first;
}

export function holds(condition: Condition, args: readonly bigint[]): boolean {
  switch (condition.kind) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'and':
      return condition.terms.every((term) => holds(term, args));
    case 'or':
      return condition.terms.some((term) => holds(term, args));
    case 'not':
      return !holds(condition.term, args);
    case 'compare': {
      const register = args[condition.argument] ?? 0n;
      const seen = (condition.width === 32 ? register % 2n ** 32n : register) & condition.mask;
      switch (condition.comparison) {
        case '==':
          return seen === condition.value;
        case '!=':
          return seen !== condition.value;
        case '<':
          return seen < condition.value;
        case '<=':
          return seen <= condition.value;
        case '>':
          return seen > condition.value;
        case '>=':
          return seen >= condition.value;
      }
    }
  }
}

/** What the doc comment of `Filter` demands, word by word, for rules on calls that `numberOf` knows. */
export function evaluate(filter: Filter, call: Call, numberOf: (name: string) => number | undefined): number {
  const about = (rule: Rule): boolean => numberOf(rule.call) === call.nr;
  if (filter.architecture === 'x86_64' && call.nr >= 0x40000000 && call.nr !== 0xffffffff) return KILL;
  if (filter.scope !== undefined && ![...filter.scope].some((name) => numberOf(name) === call.nr))
    return 0x7fff0000;
  if (filter.overrides.some((rule) => about(rule) && holds(rule.condition, call.args))) return 0x7fff0000;
  const named = filter.rules.filter(about);
  const matching = named
    .filter((rule) => holds(rule.condition, call.args))
    .map((rule) => returnValue(rule.action));
  const [first, ...others] = matching;
  if (first !== undefined) return others.reduce(stricter, first);
  const young =
    call.nr !== 0xffffffff && (call.nr >= filter.firstUnknown || filter.unsupported.includes(call.nr));
  return named.length === 0 && young ? 0x50000 + 38 : returnValue(filter.default);
}
