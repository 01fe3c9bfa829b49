import { syscallName } from '../../kernel/system-calls.ts';
import type { Span } from '../../policy/diagnostic.ts';
import type { Action } from '../action.ts';
import { precedence } from '../action-value.ts';
import type { Condition } from '../condition.ts';
import { ENOSYS } from '../decision.ts';
import type { Filter, Rule } from '../filter.ts';
import { actionText } from '../language/action-text.ts';
import { type NormalForm, normalForm, normalFormTooLarge } from './normal-form.ts';
import type { Problems } from './problems.ts';

/** The calls of one name that get one answer. Regions of one call never overlap, and outside of them the default counts. */
export interface Region {
  readonly call: string;
  readonly action: Action;
  readonly form: NormalForm;
  /** The place of the answer in the policy. */
  readonly source: Span | undefined;
}

/**
 * A filter as regions that do not overlap, so that it makes no difference in which order they are read or which of two
 * answers goes before the other. Regions that answer as the default does are left out.
 */
export function disjointRegions(filter: Filter, problems: Problems): readonly Region[] {
  const byCall = new Map<string, Rule[]>();
  for (const rule of filter.rules) byCall.set(rule.call, [...(byCall.get(rule.call) ?? []), rule]);
  const regions = [...byCall.values()].flatMap((rules) => regionsOfCall(rules, problems));
  for (const number of filter.unsupported) {
    const call = syscallName(number, filter.architecture);
    if (call !== undefined) regions.push({ call, action: ENOSYS, form: [[]], source: undefined });
  }
  const fallback = actionText(filter.default);
  return regions.filter(({ action }) => actionText(action) !== fallback);
}

/** The most restrictive rule first; of two that are equally restrictive the first written. */
function regionsOfCall(rules: readonly Rule[], problems: Problems): Region[] {
  const ordered = [...rules].sort((a, b) => precedence(a.action) - precedence(b.action));
  const byAnswer = new Map<string, { readonly rule: Rule; readonly conditions: Condition[] }>();
  for (const [index, rule] of ordered.entries()) {
    const answer = actionText(rule.action);
    const before = ordered.slice(0, index).filter(({ action }) => actionText(action) !== answer);
    const others = before.map(({ condition }): Condition => ({ kind: 'not', term: condition }));
    const known = byAnswer.get(answer) ?? { rule, conditions: [] };
    byAnswer.set(answer, known);
    known.conditions.push({ kind: 'and', terms: [rule.condition, ...others] });
  }
  return [...byAnswer.values()].flatMap(({ rule: { call, action, source }, conditions }) => {
    const form = normalForm({ kind: 'or', terms: conditions });
    if (form === undefined) problems.diagnostics.push(normalFormTooLarge(call, source));
    return form === undefined || form.length === 0 ? [] : [{ call, action, form, source }];
  });
}
