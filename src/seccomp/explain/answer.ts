import type { Action } from '../action.ts';
import { precedence } from '../action-value.ts';
import { callNumber } from '../call-number.ts';
import { ENOSYS } from '../decision.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import type { Filter } from '../filter.ts';

/** The answer of a filter to one call of its own architecture, by its rules. */
export function answerOf(filter: Filter, call: string, args: readonly bigint[]): Action {
  const rules = filter.rules.filter((rule) => rule.call === call);
  const matching = rules.filter(({ condition }) => conditionHolds(condition, args));
  const [first, ...others] = matching.map(({ action }) => action);
  if (first !== undefined)
    return others.reduce(
      (strictest, action) => (precedence(action) < precedence(strictest) ? action : strictest),
      first,
    );
  const number = callNumber(call, filter.architecture) ?? filter.firstUnknown;
  const isYounger = filter.unsupported.includes(number) || number >= filter.firstUnknown;
  return rules.length === 0 && isYounger ? ENOSYS : filter.default;
}

/** Returns whether a call happens: a tracer or a listener may still refuse it. */
export function happens({ kind }: Action): boolean {
  return kind === 'allow' || kind === 'log' || kind === 'trace' || kind === 'user_notif';
}
