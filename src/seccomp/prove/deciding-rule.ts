import { precedence } from '../action-value.ts';
import { callNumber } from '../call-number.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import type { Filter, Rule } from '../filter.ts';

/** The rule that decides about a call of the filter's own architecture; `undefined`: none, the default or ENOSYS. */
export function decidingRule(
  filter: Filter,
  call: { readonly nr: number; readonly args: readonly bigint[]; readonly instructionPointer?: bigint },
): Rule | undefined {
  const matches = ({ call: name, condition }: Rule): boolean =>
    callNumber(name, filter.architecture) === call.nr && conditionHolds(condition, call.args);
  const isFromPlace = filter.overridesAt === undefined || filter.overridesAt === call.instructionPointer;
  const override = isFromPlace ? filter.overrides.find(matches) : undefined;
  return (
    override ??
    filter.rules
      .filter(matches)
      .reduce<Rule | undefined>(
        (first, rule) =>
          first === undefined || precedence(rule.action) < precedence(first.action) ? rule : first,
        undefined,
      )
  );
}
