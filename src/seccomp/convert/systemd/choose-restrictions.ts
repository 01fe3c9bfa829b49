import type { Architecture } from '../../../kernel/architecture.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import type { Diagrams } from '../../prove/diagram.ts';
import { NAMESPACE_FLAGS } from '../namespace-flags.ts';
import type { CallAnswers } from './call-answers.ts';
import { FAMILIES } from './families.ts';
import type { Layer } from './layer.ts';
import { restrictionLayers } from './layers.ts';
import { ALL_NAMESPACES } from './namespaces.ts';
import { isWithin, leftByLayer } from './restricted-calls.ts';
import type { FamilyList, Restrictions, Switch } from './restrictions.ts';

/** The switches that distinguish calls by their arguments. */
const CANDIDATES: readonly Switch[] = [
  'LockPersonality',
  'MemoryDenyWriteExecute',
  'RestrictRealtime',
  'RestrictSUIDSGID',
];

type Chosen = Pick<Restrictions, 'families' | 'namespaces' | 'switches'>;

export interface ChosenRestrictions {
  readonly chosen: Chosen;
  readonly layers: readonly Layer[];
}

/** Directives that are chosen here stand in no file. */
const NOWHERE: Span = { file: '', line: 1, column: 1, length: 1 };

const NOTHING: Restrictions = {
  calls: undefined,
  logged: undefined,
  refusal: { kind: 'kill_process' },
  architectures: new Map(),
  families: undefined,
  namespaces: undefined,
  switches: new Map(),
  personality: 'PER_LINUX',
};

/**
 * Chooses directives that leave of some call no more than the policy does where the policy tests its arguments. The call then
 * need not be refused whole.
 */
export function chooseRestrictions(
  answers: readonly CallAnswers[],
  diagrams: Diagrams,
  architecture: Architecture,
): ChosenRestrictions {
  const tested = answers.filter(
    ({ permitted }) => permitted !== diagrams.always && permitted !== diagrams.never,
  );
  const layersOf = (chosen: Partial<Chosen>): readonly Layer[] =>
    restrictionLayers({ ...NOTHING, ...chosen }, architecture);
  /** Returns whether a directive leaves something of a call, and no more than the policy does. */
  const keeps = (chosen: Partial<Chosen>, { call, permitted }: CallAnswers): boolean =>
    layersOf(chosen).some((layer) => {
      const left = leftByLayer(layer, call, 'all', diagrams, architecture);
      return left !== diagrams.never && isWithin(diagrams, left, permitted);
    });
  const helps = (chosen: Partial<Chosen>): boolean => tested.some((answer) => keeps(chosen, answer));

  const on = (names: readonly Switch[]): Chosen['switches'] => new Map(names.map((name) => [name, NOWHERE]));
  const switches = on(CANDIDATES.filter((name) => helps({ switches: on([name]) })));
  const socket = tested.find(({ call }) => call === 'socket');
  const families = socket && chooseFamilies((list) => keeps({ families: list }, socket));
  const namespaces = chooseNamespaces(
    tested.filter(({ call }) => ['clone', 'setns', 'unshare'].includes(call)),
    (kept, answer) => keeps({ namespaces: kept }, answer),
  );
  const chosen: Chosen = { switches, families, namespaces };
  return { chosen, layers: layersOf(chosen) };
}

/** The most families that may be allowed; else the fewest that must be refused, where all others may be. */
function chooseFamilies(keeps: (list: FamilyList) => boolean): FamilyList | undefined {
  const single = FAMILIES.filter((family) => keeps({ allow: true, families: new Set([family]) }));
  const refused: FamilyList = {
    allow: false,
    families: new Set(FAMILIES.filter((family) => !single.includes(family))),
  };
  if (refused.families.size > 0 && keeps(refused)) return refused;
  const allowed: FamilyList = { allow: true, families: new Set(single) };
  return single.length > 0 && keeps(allowed) ? allowed : undefined;
}

/** The kinds that can stay without a call letting more through than the policy; all must go where nothing else helps. */
function chooseNamespaces(
  tested: readonly CallAnswers[],
  keeps: (kept: ReadonlySet<string>, answer: CallAnswers) => boolean,
): ReadonlySet<string> | undefined {
  const helped = tested.filter((answer) => keeps(new Set(), answer));
  if (helped.length === 0) return undefined;
  let kept: ReadonlySet<string> = new Set();
  for (const kind of NAMESPACE_FLAGS.keys()) {
    const more = new Set([...kept, kind]);
    const isFilter = ALL_NAMESPACES.some((name) => !more.has(name));
    if (isFilter && helped.every((answer) => keeps(more, answer))) kept = more;
  }
  return kept;
}
