import type { Action } from './action.ts';
import type { Filter, Rule } from './filter.ts';

const ALLOW: Action = { kind: 'allow' };

/** Answers that let the call happen but involve somebody else; they belong to the session, not to the gate. */
function isObserved(action: Action): boolean {
  return action.kind === 'log' || action.kind === 'trace' || action.kind === 'user_notif';
}

function allowObserved(action: Action): Action {
  return isObserved(action) ? ALLOW : action;
}

/**
 * Divides a policy over the two filters of a session.
 *
 * The first filter also governs the gate, so it allows the calls that the gate needs. The second is installed in the session on
 * top of it. It decides again about those calls, and about every call that the policy logs, traces or hands to a notifier. Both
 * together are the policy: for every call, the more restrictive of the two answers, by the kernel's order, is the policy's.
 *
 * Where another answer has the place of kill_process, the first gives it. The second kills only what the gate needs and the policy
 * denies, which the first allows.
 *
 * @param gate the calls of the gate; where one of these matches, the first filter allows
 */
export function splitFilter(policy: Filter, gate: readonly Rule[]): { first: Filter; second: Filter } {
  const first: Filter = {
    ...policy,
    default: allowObserved(policy.default),
    rules: policy.rules.map((rule) => ({ ...rule, action: allowObserved(rule.action) })),
    overrides: [...policy.overrides, ...gate.map((rule) => ({ ...rule, action: ALLOW }))],
  };
  const kills = policy.kills && { as: ALLOW, except: [...policy.kills.except, ...gate] };
  if (isObserved(policy.default)) return { first, second: { ...policy, kills } };
  const again = [...gate, ...policy.rules.filter((rule) => isObserved(rule.action))].map((rule) => rule.call);
  const scope = new Set(again.filter((call) => policy.scope === undefined || policy.scope.has(call)));
  return { first, second: { ...policy, kills, scope } };
}
