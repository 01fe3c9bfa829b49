import type { Span } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import type { Filter } from '../../filter.ts';
import { actionText } from '../../language/action-text.ts';
import type { Diagrams } from '../../prove/diagram.ts';
import type { Problems } from '../problems.ts';
import { permits } from './call-answers.ts';
import type { UnitAnswer } from './export.ts';
import type { Layer } from './layer.ts';
import { isWithin, leftByLayer } from './restricted-calls.ts';

export interface ExportedUnit {
  readonly filter: Filter;
  readonly units: readonly UnitAnswer[];
  /** Calls that the policy allows by number. */
  readonly unnamed: readonly string[];
  readonly layers: readonly Layer[];
  /** The answer to every call without a name in the unit. */
  readonly refusal: Action;
}

const ANSWERS = 'a unit knows kill_process and errnos';

/** Reports where the directives of a unit differ from the filter. */
export function reportExport(exported: ExportedUnit, diagrams: Diagrams, problems: Problems): void {
  const { filter, units, unnamed, refusal } = exported;
  reportRefused(units, diagrams, problems);
  for (const call of unnamed) {
    const span = filter.rules.find((rule) => rule.call === call)?.source;
    problems.loss('export-unnamed', `${call} is refused: systemd names calls, not numbers`, span);
  }
  for (const layer of exported.layers) reportLayer(layer, exported, diagrams, problems);
  if (!permits(filter.default) && actionText(filter.default) !== actionText(refusal)) {
    const message = `calls that no rule names are answered by ${otherwise(refusal, filter.default)}`;
    problems.loss('export-action', message, undefined, ANSWERS);
  }
  const changed = new Groups();
  const ruled = new Set(filter.rules.map(({ call }) => call));
  for (const { call, actions, permitted, refusal: answer, source } of units) {
    if (permitted !== diagrams.never || !ruled.has(call)) continue;
    if (actionText(actions[0]) !== actionText(answer))
      changed.add(call, source, otherwise(answer, actions[0]));
  }
  changed.report((calls, what) => `${calls}: answered by ${what}`, 'export-action', problems, ANSWERS);
}

function otherwise(answer: Action, wanted: Action): string {
  return `${actionText(answer)}, where the policy says ${actionText(wanted)}`;
}

/** Calls about which the same is to be said, by the line of the policy. */
class Groups {
  readonly #groups = new Map<
    string,
    { readonly span: Span | undefined; readonly what: string; readonly calls: string[] }
  >();

  add(call: string, span: Span | undefined, what: string): void {
    const key = `${span?.file}:${span?.line}:${span?.column} ${what}`;
    const group = this.#groups.get(key) ?? { span, what, calls: [] };
    this.#groups.set(key, group);
    group.calls.push(call);
  }

  report(
    message: (calls: string, what: string) => string,
    code: string,
    problems: Problems,
    help: string | undefined,
  ): void {
    for (const { span, what, calls } of this.#groups.values())
      problems.loss(code, message(calls.sort().join(', '), what), span, help);
  }
}

/** The calls that are refused whole although the policy lets some of them happen. */
function reportRefused(units: readonly UnitAnswer[], diagrams: Diagrams, problems: Problems): void {
  const refused = new Groups();
  for (const { call, listed, permitted, source } of units) {
    if (!listed && permitted !== diagrams.never) refused.add(call, source, '');
  }
  const because = 'refused, because no directive tests the arguments as the policy does';
  const help = 'allow the call whole where the service cannot do without';
  refused.report((calls) => `${calls}: ${because}`, 'export-narrower', problems, help);
}

/** Reports the further effects of a directive, beside the one for which it was chosen. */
function reportLayer(
  layer: Layer,
  { filter: { architecture }, units }: ExportedUnit,
  diagrams: Diagrams,
  problems: Problems,
): void {
  const { directive } = layer;
  const [narrowed, answered] = [new Groups(), new Groups()];
  for (const [call, [rule]] of layer.rules) {
    const unit = units.find((candidate) => candidate.call === call);
    if (unit === undefined || rule === undefined || !unit.listed) continue;
    const covered = (['all', 'used'] as const).some((bits) =>
      isWithin(diagrams, unit.permitted, leftByLayer(layer, call, bits, diagrams, architecture)),
    );
    if (!covered) narrowed.add(call, unit.source, '');
    const answer = actionText(rule.action);
    const other = unit.actions.find((action) => !permits(action) && actionText(action) !== answer);
    if (other !== undefined) answered.add(call, unit.source, otherwise(rule.action, other));
  }
  narrowed.report(
    (calls) => `${calls}: ${directive} refuses part of what the policy allows`,
    'export-narrower',
    problems,
    `leave ${directive} out where the service cannot do without`,
  );
  answered.report(
    (calls, what) => `${calls}: ${directive} answers ${what}`,
    'export-action',
    problems,
    undefined,
  );
}
