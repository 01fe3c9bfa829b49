import { AUDIT_ARCH } from '../kernel/architecture.ts';
import type { Action } from './action.ts';
import { precedence } from './action-value.ts';
import type { CallData } from './bpf/simulate.ts';
import { CANCELLED_CALL, callNumber, X32_SYSCALL_BIT } from './call-number.ts';
import { ENOSYS } from './decision.ts';
import { conditionHolds } from './evaluate-condition.ts';
import type { Filter, Rule } from './filter.ts';

/** Why a filter answers what it answers. */
export type Deciding =
  | { readonly kind: 'rule'; readonly action: Action; readonly rule: Rule }
  /** Another machine or ABI; no rule matches; the call is too young; the filter leaves it to others. */
  | { readonly kind: 'foreign' | 'default' | 'unsupported' | 'outside'; readonly action: Action };

const KILL: Action = { kind: 'kill_process' };
const ALLOW: Action = { kind: 'allow' };

/** Finds the rule that decides about a call, by the rules themselves and not by the program that was made from them. */
export function decidingRule(filter: Filter, call: CallData): Deciding {
  const { architecture } = filter;
  const nr = call.nr >>> 0;
  const x32 = architecture === 'x86_64' && nr >= X32_SYSCALL_BIT && nr !== CANCELLED_CALL;
  if (call.arch !== AUDIT_ARCH[architecture] || x32) return { kind: 'foreign', action: KILL };
  const about = (rule: Rule): boolean => callNumber(rule.call, architecture) === nr;
  const matches = (rule: Rule): boolean => about(rule) && conditionHolds(rule.condition, call.args);
  const inScope = [...(filter.scope ?? [])].some((name) => callNumber(name, architecture) === nr);
  if (filter.scope !== undefined && !inScope) return { kind: 'outside', action: ALLOW };
  const place = filter.overridesAt;
  const override = filter.overrides.find(matches);
  if (override !== undefined && (place === undefined || place === (call.instructionPointer ?? 0n)))
    return { kind: 'rule', action: ALLOW, rule: override };
  const [first, ...others] = filter.rules.filter(matches);
  if (first !== undefined) {
    const stricter = (one: Rule, other: Rule): Rule =>
      precedence(other.action) < precedence(one.action) ? other : one;
    const rule = others.reduce(stricter, first);
    return { kind: 'rule', action: rule.action, rule };
  }
  const young = nr !== CANCELLED_CALL && (nr >= filter.firstUnknown || filter.unsupported.includes(nr));
  if (young && !filter.rules.some(about)) return { kind: 'unsupported', action: ENOSYS };
  return { kind: 'default', action: filter.default };
}
