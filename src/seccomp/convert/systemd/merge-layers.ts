import type { Architecture } from '../../../kernel/architecture.ts';
import { syscallNumbers } from '../../../kernel/system-calls.ts';
import type { Action } from '../../action.ts';
import { precedence } from '../../action-value.ts';
import { actionText } from '../../language/action-text.ts';
import type { ImportedFilter, ImportedRule } from '../imported.ts';
import { coverWithGroups } from './group-cover.ts';
import type { Layer } from './layer.ts';

/** An answer, and the layer that gives it; 0 is the newest. */
interface Answer {
  readonly action: Action;
  readonly layer: number;
  readonly directive: string;
}

/** The answers of all layers together to one call. */
interface Merged {
  readonly call: string;
  /** The answer where no condition holds. */
  readonly base: Answer;
  readonly conditional: readonly (Answer & { readonly condition: string })[];
}

/**
 * One list of rules that answers as the stack of filters does: the most restrictive answer counts, and of two that are
 * equally restrictive the newest filter's.
 */
export function mergeLayers(
  layers: readonly Layer[],
  architecture: Architecture,
): { readonly filter: ImportedFilter; readonly fallback: Action } {
  const fallback = strictest(
    layers.map((layer, index) => ({ action: layer.default, layer: index, directive: layer.directive })),
  );
  const merged = [...syscallNumbers(architecture).values()].map((call) => mergeCall(call, layers));
  const named = merged.filter(({ base }) => actionText(base.action) !== actionText(fallback.action));
  const permits = ({ base }: Merged): boolean => base.action.kind === 'allow' || base.action.kind === 'log';
  const rules = [
    ...baseRules(named.filter(permits), named, architecture),
    // Before the calls that are always refused: of equally restrictive rules, the first gives the errno.
    ...conditionalRules(merged),
    ...baseRules(
      named.filter((entry) => !permits(entry)),
      named,
      architecture,
    ),
  ];
  return { filter: { default: actionText(fallback.action), rules }, fallback: fallback.action };
}

/** Of equally restrictive answers the newest. */
function strictest(answers: readonly Answer[]): Answer {
  return answers.reduce((best, answer) =>
    precedence(answer.action) < precedence(best.action) ? answer : best,
  );
}

function mergeCall(call: string, layers: readonly Layer[]): Merged {
  const answers: Answer[] = [];
  const conditional: (Answer & { readonly condition: string })[] = [];
  for (const [layer, { directive, default: unmatched, rules }] of layers.entries()) {
    const own = rules.get(call) ?? [];
    const always = own.find(({ condition }) => condition === undefined);
    answers.push({ action: always?.action ?? unmatched, layer, directive });
    for (const { condition, action } of own) {
      if (condition !== undefined) conditional.push({ condition, action, layer, directive });
    }
  }
  const base = strictest(answers);
  return { call, base, conditional: conditional.filter((answer) => outranks(answer, base)) };
}

function outranks(answer: Answer, base: Answer): boolean {
  const difference = precedence(answer.action) - precedence(base.action);
  return difference < 0 || (difference === 0 && answer.layer < base.layer);
}

/** Writes answers without conditions, by action and directive, in groups where they fit. Allowed calls come first. */
function baseRules(
  merged: readonly Merged[],
  named: readonly Merged[],
  architecture: Architecture,
): readonly ImportedRule[] {
  const sections = new Map<string, { readonly first: Merged; readonly calls: string[] }>();
  for (const entry of merged) {
    const key = `${actionText(entry.base.action)} ${entry.base.layer}`;
    const section = sections.get(key) ?? { first: entry, calls: [] };
    section.calls.push(entry.call);
    sections.set(key, section);
  }
  const ordered = [...sections.values()].sort(
    (a, b) =>
      precedence(b.first.base.action) - precedence(a.first.base.action) ||
      a.first.base.layer - b.first.base.layer,
  );
  return ordered.flatMap(({ first, calls }) => {
    const { action, directive } = first.base;
    // A group may bring a call that another rule answers more restrictively.
    const stricter = named
      .filter(({ base }) => precedence(base.action) < precedence(action))
      .map(({ call }) => call);
    const suffix = action.kind === 'allow' ? '' : ` -> ${actionText(action)}`;
    return coverWithGroups(calls, stricter, architecture).map((name, index) => ({
      text: `${name}${suffix}`,
      comment: index === 0 ? directive : undefined,
    }));
  });
}

function conditionalRules(merged: readonly Merged[]): readonly ImportedRule[] {
  const rules = merged.flatMap(({ call, conditional }) =>
    conditional.map(({ condition, action, layer, directive }) => ({
      layer,
      directive,
      text: `${call}(${condition}) -> ${actionText(action)}`,
    })),
  );
  const ordered = rules.sort((a, b) => a.layer - b.layer);
  return ordered.map(({ text, directive }, index) => ({
    text,
    comment: ordered[index - 1]?.directive === directive ? undefined : directive,
  }));
}
