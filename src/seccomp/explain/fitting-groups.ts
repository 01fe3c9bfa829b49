import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Action } from '../action.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import type { Filter, Rule } from '../filter.ts';
import { OWN_GROUP_NAMES } from '../groups/own-groups.ts';
import { answersDatagrams } from '../groups/rest-of-policy.ts';
import { findWitness } from '../witness.ts';
import { happens } from './answer.ts';
import type { SeenCall } from './exact-rules.ts';
import { groupRules } from './known-rules.ts';
import type { Surroundings } from './surroundings.ts';

/** A policy and a call for which a group is looked for. */
export interface GroupInput {
  readonly seccomp: SeccompPolicy;
  readonly filter: Filter;
  readonly around: Surroundings;
  readonly seen: SeenCall;
}

/** The answer that a change is to bring about. */
export type Wanted = 'happens' | 'errno';

/** Returns whether an action is the wanted one. */
export function isWanted(action: Action, wanted: Wanted): boolean {
  return wanted === 'happens' ? happens(action) : action.kind === 'errno';
}

/** Groups that fit a purpose before those that merely have the call. Groups that are not here follow in their order. */
const BY_PURPOSE: readonly string[] = [
  '@start',
  '@stdio',
  '@socket',
  '@events',
  '@time',
  '@identity',
  '@read-files',
];

/** Groups made of other groups: whoever needs one call is better served by the one that it is of. */
export const WIDE: ReadonlySet<string> = new Set(['@service']);

/** The calls for which groups are proposed that open a boundary for one purpose. */
const PURPOSES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['@ftp-data', new Set(['bind', 'listen', 'setsockopt'])],
  ['@terminal', new Set(['ioctl'])],
]);

/** Groups for services of one kind of socket: those that are given one of datagrams, or all others. */
const FOR_DATAGRAMS: ReadonlyMap<string, boolean> = new Map([
  ['@datagram', true],
  ['@ftp-data', false],
]);

/** Groups for one runtime, with the programs that are one. */
const RUNTIMES: ReadonlyMap<string, RegExp> = new Map([['@node', /^node(js)?$/]]);

/** The groups of a call that several have, by what it is mostly for: whoever waits for many descriptors asks for epoll first. */
const FOR_CALLS: ReadonlyMap<string, string> = new Map([['socketpair', '@fork']]);

/** The groups that answer these arguments as is wanted, that the policy does not have, and that take nothing from it. */
export function fittingGroups(
  { seccomp, filter, around, seen }: GroupInput,
  wanted: Wanted,
): readonly string[] {
  if (wanted === 'errno' && answersBySocket(seen, around)) return [];
  const isDatagram = answersDatagrams(around.rest);
  const found = ownGroupsFor(seccomp, around.program).filter((name) => {
    const rules = groupRules(name, filter.architecture, around.rest);
    const fits = rules.some(
      ({ call, condition, action }) =>
        call === seen.call && isWanted(action, wanted) && conditionHolds(condition, seen.args),
    );
    const isOfUse =
      (PURPOSES.get(name)?.has(seen.call) ?? true) && (FOR_DATAGRAMS.get(name) ?? isDatagram) === isDatagram;
    return fits && isOfUse && !takesAway(rules, filter);
  });
  const first = found.filter((name) => name === FOR_CALLS.get(seen.call));
  return [...first, ...found.filter((name) => !first.includes(name))];
}

const INET: ReadonlySet<bigint> = new Set([2n, 10n]);
const DATAGRAMS = 2n;

/**
 * Returns whether a call makes the socket from which a service of datagrams answers, as TFTP servers do. For other services such a
 * socket is a question of the C library, which goes on without it.
 */
export function answersBySocket({ call, args }: SeenCall, { rest }: Surroundings): boolean {
  const [family = 0n, type = 0n] = args.map((value) => BigInt.asUintN(32, value));
  return call === 'socket' && INET.has(family) && (type & 0xfn) === DATAGRAMS && answersDatagrams(rest);
}

/** The place of a group among those that fit. */
function rank(name: string): number {
  if (RUNTIMES.has(name)) return -1;
  if (WIDE.has(name)) return BY_PURPOSE.length + 1;
  const place = BY_PURPOSE.indexOf(name);
  return place < 0 ? BY_PURPOSE.length : place;
}

/** Returns whether rules deny a call that the filter lets happen: the strictest answer counts. */
function takesAway(rules: readonly Rule[], filter: Filter): boolean {
  return rules.some(({ call, condition, action }) => {
    if (happens(action)) return false;
    const allowing = filter.rules.filter((rule) => rule.call === call && happens(rule.action));
    const conditions = allowing.map((rule) => rule.condition);
    return (
      findWitness(
        [condition, ...conditions],
        (args) => conditionHolds(condition, args) && conditions.some((each) => conditionHolds(each, args)),
      ) !== undefined
    );
  });
}

/**
 * The groups of our own that a policy does not have, without those of runtimes that its program is not, in the order in which
 * they are proposed.
 */
export function ownGroupsFor({ rules }: SeccompPolicy, program?: string): readonly string[] {
  const written = new Set(rules.map(({ text }) => text.trim()));
  return OWN_GROUP_NAMES.filter(
    (name) => !written.has(name) && (RUNTIMES.get(name)?.test(program ?? '') ?? true),
  ).toSorted((left, right) => rank(left) - rank(right));
}
