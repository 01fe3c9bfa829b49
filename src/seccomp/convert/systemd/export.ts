import { errnoName } from '../../../kernel/errno.ts';
import type { Action } from '../../action.ts';
import { ENOSYS } from '../../decision.ts';
import { actionText } from '../../language/action-text.ts';
import { Diagrams } from '../../prove/diagram.ts';
import type { Exporter } from '../imported.ts';
import { Problems } from '../problems.ts';
import { type CallAnswers, callAnswers, permits, unnamedCalls } from './call-answers.ts';
import { type ChosenRestrictions, chooseRestrictions } from './choose-restrictions.ts';
import { reportExport } from './export-losses.ts';
import { isWithin, leftByLayer } from './restricted-calls.ts';

const KILL: Action = { kind: 'kill_process' };
const EPERM: Action = { kind: 'errno', errno: 1 };

/** Longer lists go on in a second assignment, which adds to the first. */
const LINE_LENGTH = 120;

/** The answer to a call in the unit. */
export interface UnitAnswer extends CallAnswers {
  /** Set for a call in the list of allowed calls. Directives may still refuse some of its arguments. */
  readonly listed: boolean;
  /** The answer to the call where it is not allowed. */
  readonly refusal: Action;
}

/**
 * Writes the directives of a unit. Calls are listed by name and without groups, which grow with systemd. A call whose arguments
 * the policy tests is listed where other directives leave no more of it than the policy does. Else it is refused whole: the
 * unit is never wider than the policy.
 */
export const exportSystemd: Exporter = (filter, { name }) => {
  const problems = new Problems();
  const { architecture } = filter;
  const diagrams = new Diagrams();
  const answers = callAnswers(filter, diagrams);
  const restrictions = chooseRestrictions(answers, diagrams, architecture);
  const refusal = permits(filter.default) ? ENOSYS : refusalOf(filter.default, 'default');
  const units = answers.map((answer): UnitAnswer => {
    const left = restrictions.layers.reduce(
      (before, layer) => diagrams.and(before, leftByLayer(layer, answer.call, 'all', diagrams, architecture)),
      diagrams.always,
    );
    const listed = left !== diagrams.never && isWithin(diagrams, left, answer.permitted);
    return { ...answer, listed, refusal: refusalOf(answer.actions[0], 'call') };
  });
  reportExport(
    { filter, units, unnamed: unnamedCalls(filter), layers: restrictions.layers, refusal },
    diagrams,
    problems,
  );
  const lines = [
    `# The filter of ${name}: part of a unit, or a drop-in of it.`,
    '[Service]',
    'SystemCallArchitectures=native',
    `SystemCallErrorNumber=${answerText(refusal)}`,
    ...callLines(units, refusal),
    ...restrictionLines(restrictions),
  ];
  return { content: `${lines.join('\n')}\n`, diagnostics: problems.diagnostics };
};

/** The nearest answer that a unit can say, which lets nothing happen either. */
function refusalOf(action: Action, place: 'default' | 'call'): Action {
  switch (action.kind) {
    case 'errno':
      // SystemCallErrorNumber= takes no 0.
      return action.errno === 0 && place === 'default' ? EPERM : action;
    case 'trace':
    case 'user_notif':
      // The kernel answers so when no tracer or notifier decides.
      return ENOSYS;
    default:
      return KILL;
  }
}

function answerText(action: Action): string {
  if (action.kind !== 'errno') return 'kill';
  return errnoName(action.errno) ?? `${action.errno}`;
}

/** `@default` is put in and taken out again: in this version of systemd, a list of allowed calls begins with its members. */
function callLines(units: readonly UnitAnswer[], refusal: Action): readonly string[] {
  const listed = units.filter((unit) => unit.listed);
  const others = units.filter((unit) => !unit.listed && actionText(unit.refusal) !== actionText(refusal));
  const logged = listed.filter(({ actions }) => actions.some(({ kind }) => kind === 'log'));
  return [
    'SystemCallFilter=@default',
    'SystemCallFilter=~@default',
    ...assignments('SystemCallFilter=', names(listed)),
    ...assignments(
      'SystemCallFilter=~',
      others.map((unit) => `${unit.call}:${answerText(unit.refusal)}`).sort(),
    ),
    ...assignments('SystemCallLog=', names(logged)),
  ];
}

function names(units: readonly UnitAnswer[]): readonly string[] {
  return units.map(({ call }) => call).sort();
}

function restrictionLines({
  chosen: { families, namespaces, switches },
}: ChosenRestrictions): readonly string[] {
  return [
    ...(families === undefined
      ? []
      : assignments(`RestrictAddressFamilies=${families.allow ? '' : '~'}`, [...families.families].sort())),
    ...(namespaces === undefined ? [] : [`RestrictNamespaces=${[...namespaces].join(' ') || 'yes'}`]),
    ...[...switches.keys()].map((name) => `${name}=yes`),
  ];
}

/** As many assignments as it takes to keep lines short. */
function assignments(start: string, words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = start;
  for (const word of words) {
    if (line !== start && line.length + word.length >= LINE_LENGTH) {
      lines.push(line);
      line = start;
    }
    line += line === start ? word : ` ${word}`;
  }
  return words.length === 0 ? lines : [...lines, line];
}
