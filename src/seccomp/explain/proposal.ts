import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Action } from '../action.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import type { Filter, Rule } from '../filter.ts';
import { BOUNDARIES } from '../groups/boundaries.ts';
import { openedBoundaries } from '../groups/boundary-check.ts';
import { OWN_GROUP_NAMES } from '../groups/own-groups.ts';
import type { RestOfPolicy } from '../groups/rest-of-policy.ts';
import { filterOfRules } from '../language/resolve-filter.ts';
import { findWitness } from '../witness.ts';
import { answerOf, happens } from './answer.ts';
import { exactRules, type SeenCall } from './exact-rules.ts';
import { groupRules, lineRules } from './known-rules.ts';
import { type OtherKeys, otherKeys } from './other-keys.ts';
import { quietAnswer } from './quiet-answers.ts';
import type { Surroundings } from './surroundings.ts';

/** A change of a policy, and what comes with it. */
export interface Proposal {
  /** Lines for `seccomp.rules`. */
  readonly allow: readonly string[];
  /** Other keys that go with them. */
  readonly keys: OtherKeys;
  /** The names of the boundaries that the change opens, and that the policy had shut. */
  readonly opens: readonly string[];
}

/** The state in which a change is looked for. */
export interface ProposalInput {
  readonly seccomp: SeccompPolicy;
  readonly filter: Filter;
  readonly around: Surroundings;
  readonly seen: SeenCall;
}

/** A change that lets a call happen, and one that answers it without harm where there is one. */
export interface Proposals {
  readonly quiet: Proposal | undefined;
  readonly allowing: Proposal | undefined;
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
const WIDE: ReadonlySet<string> = new Set(['@service']);

/** The calls for which groups are proposed that open a boundary for one purpose. */
const PURPOSES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['@ftp-data', new Set(['bind', 'listen'])],
  ['@terminal', new Set(['ioctl'])],
]);

/** Groups for one runtime, with the programs that are one. */
const RUNTIMES: ReadonlyMap<string, RegExp> = new Map([['@node', /^node(js)?$/]]);

/** Calls whose rule `exec` of the policy makes. */
const EXEC: ReadonlySet<string> = new Set(['execve', 'execveat']);

/** The flags of clone3 stand in memory; the C library goes on with clone, which rules can judge. */
const FALLS_BACK = 'clone3';

/** The smallest changes of a policy for one call. */
export function proposalsFor(input: ProposalInput): Proposals {
  const { seen, filter } = input;
  if (seen.call === FALLS_BACK) return { quiet: undefined, allowing: undefined };
  if (EXEC.has(seen.call)) return { quiet: undefined, allowing: execProposal(input) };
  const answer = quietAnswer(seen, filter);
  const errors = [...fittingGroups(input, 'errno'), ...(answer === undefined ? [] : [answer])];
  const quiet = errors.flatMap((line) => tried(line, input, 'errno') ?? [])[0];
  const lines = [...fittingGroups(input, 'happens'), ...exactRules(seen)];
  const found = lines.flatMap((line) => tried(line, input, 'happens') ?? []);
  // Of equally good ones the first: groups in the order of their purpose, then exact rules.
  const [best] = found.toSorted((left, right) => left.opens.length - right.opens.length);
  return { quiet, allowing: best };
}

/** The groups that answer these arguments as is wanted, that the policy does not have, and that take nothing from it. */
function fittingGroups({ seccomp, filter, around, seen }: ProposalInput, wanted: Wanted): readonly string[] {
  return ownGroupsFor(seccomp, around.program)
    .filter((name) => {
      const rules = groupRules(name, filter.architecture, around.rest);
      const fits = rules.some(
        ({ call, condition, action }) =>
          call === seen.call && isWanted(action, wanted) && conditionHolds(condition, seen.args),
      );
      const isOfUse = PURPOSES.get(name)?.has(seen.call) ?? true;
      return fits && isOfUse && !takesAway(rules, filter);
    })
    .toSorted((left, right) => rank(left) - rank(right));
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

/** The groups of our own that a policy does not have, without those of runtimes that its program is not. */
export function ownGroupsFor({ rules }: SeccompPolicy, program?: string): readonly string[] {
  const written = new Set(rules.map(({ text }) => text.trim()));
  return OWN_GROUP_NAMES.filter(
    (name) => !written.has(name) && (RUNTIMES.get(name)?.test(program ?? '') ?? true),
  );
}

/** One more line, whatever the answer is then: for a call whose arguments are not known. */
export function proposalOf(line: string, { seccomp, filter, around, seen }: ProposalInput): Proposal {
  const added = namesOf(lineRules(line, seccomp, filter.architecture, around.rest));
  const after = withLine(seccomp, line, filter, around.rest);
  const opens = newlyOpened(filter, around.rest, after, around.rest, added);
  return { allow: [line], keys: otherKeys(seen, around), opens };
}

type Wanted = 'happens' | 'errno';

function isWanted(action: Action, wanted: Wanted): boolean {
  return wanted === 'happens' ? happens(action) : action.kind === 'errno';
}

/** One more line, if the policy then answers as is wanted. */
function tried(
  line: string,
  { seccomp, filter, around, seen }: ProposalInput,
  wanted: Wanted,
): Proposal | undefined {
  const added = lineRules(line, seccomp, filter.architecture, around.rest);
  const after = withLine(seccomp, line, filter, around.rest);
  if (!isWanted(answerOf(after, seen.call, seen.args), wanted)) return undefined;
  const keys = wanted === 'happens' ? otherKeys(seen, around) : {};
  const opens = newlyOpened(filter, around.rest, after, around.rest, namesOf(added));
  return opens.some((name) => FORBIDDEN.has(name)) ? undefined : { allow: [line], keys, opens };
}

/** Boundaries that no policy may open: a line that does is an error. */
const FORBIDDEN: ReadonlySet<string> = new Set(
  BOUNDARIES.filter(({ severity }) => severity === 'error').map(({ name }) => name),
);

function namesOf(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(rules.map(({ call }) => call));
}

function withLine(
  seccomp: SeccompPolicy,
  line: string,
  { architecture }: Filter,
  rest: RestOfPolicy,
): Filter {
  return filterOfRules(
    { ...seccomp, rules: [...seccomp.rules, { text: line, span: undefined }] },
    architecture,
    rest,
  );
}

function newlyOpened(
  before: Filter,
  restBefore: RestOfPolicy,
  after: Filter,
  restAfter: RestOfPolicy,
  about?: ReadonlySet<string>,
): readonly string[] {
  const known = new Set(openedBoundaries(before, restBefore, about));
  return openedBoundaries(after, restAfter, about).filter((name) => !known.has(name));
}

/** Starting programs is a key, and by a descriptor a rule as well. */
function execProposal({ seccomp, filter, around, seen }: ProposalInput): Proposal | undefined {
  const keys = otherKeys(seen, around);
  const allow = seen.call === 'execveat' ? ['execveat'] : [];
  const rest: RestOfPolicy = { ...around.rest, exec: 'allow' };
  const [line] = allow;
  const after = line === undefined ? filter : withLine(seccomp, line, filter, around.rest);
  if (Object.keys(keys).length === 0 && line === undefined) return undefined;
  return { allow, keys, opens: newlyOpened(filter, around.rest, after, rest) };
}
