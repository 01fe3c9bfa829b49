import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import type { Filter, Rule } from '../filter.ts';
import { BOUNDARIES } from '../groups/boundaries.ts';
import { openedBoundaries } from '../groups/boundary-check.ts';
import type { RestOfPolicy } from '../groups/rest-of-policy.ts';
import { SIGNAL_CALLS } from '../groups/signal-groups.ts';
import { filterOfRules } from '../language/resolve-filter.ts';
import { answerOf, happens } from './answer.ts';
import { exactRules } from './exact-rules.ts';
import { fittingGroups, type GroupInput, isWanted, type Wanted } from './fitting-groups.ts';
import { lineRules, ruleCondition } from './known-rules.ts';
import { keysToFail, type OtherKeys, otherKeys } from './other-keys.ts';
import { quietAnswer } from './quiet-answers.ts';
import type { Surroundings } from './surroundings.ts';
import { makesTerminal, TERMINAL_GROUP_NAME } from './terminal-calls.ts';

/** A change of a policy, and what comes with it. */
export interface Proposal {
  /** Lines for `seccomp.rules`. */
  readonly allow: readonly string[];
  /** Other keys that go with them. */
  readonly keys: OtherKeys;
  /** The names of the boundaries that the change opens, and that the policy had shut. */
  readonly opens: readonly string[];
}

/** A change that lets a call happen, and one after which it fails without harm, where there is one. */
export interface Proposals {
  readonly quiet: Proposal | undefined;
  readonly allowing: Proposal | undefined;
}

/** Calls whose rule `exec` of the policy makes. */
const EXEC: ReadonlySet<string> = new Set(['execve', 'execveat']);

/** The flags of clone3 stand in memory; the C library goes on with clone, which rules can judge. */
const FALLS_BACK = 'clone3';

/** The smallest changes of a policy for one call. */
export function proposalsFor(input: GroupInput): Proposals {
  const { seen, filter, around } = input;
  if (seen.call === FALLS_BACK) return { quiet: undefined, allowing: undefined };
  if (EXEC.has(seen.call)) return { quiet: undefined, allowing: execProposal(input) };
  if (makesTerminal(seen, input.around)) {
    const terminal = tried([TERMINAL_GROUP_NAME], input, 'happens');
    if (terminal !== undefined) return { quiet: undefined, allowing: terminal };
  }
  const answer = quietAnswer(seen, filter);
  const errors = [...fittingGroups(input, 'errno'), ...(answer === undefined ? [] : [answer])];
  const quiet = errors.flatMap((line) => tried([line], input, 'errno') ?? [])[0];
  const exact = exactRules(seen).map((line) => [line, ...companions(input)]);
  const changes = [...fittingGroups(input, 'happens').map((line) => [line]), ...exact];
  const found = [
    ...scopedSignals(input),
    ...changes.flatMap((lines) => tried(lines, input, 'happens') ?? []),
  ];
  // Of equally good ones the first: groups in the order of their purpose, then exact rules.
  const [best] = found.toSorted((left, right) => left.opens.length - right.opens.length);
  return { quiet: quiet ?? refused(best, around), allowing: best };
}

/** A call that is of no use without another one, and a rule for that. */
const COMPANIONS: readonly { readonly call: string; readonly when: string; readonly line: string }[] = [
  // A file of memory is empty at first.
  { call: 'memfd_create', when: 'memfd_create', line: 'ftruncate' },
  // The signal goes to the owner.
  { call: 'ioctl', when: 'ioctl(cmd == FIOASYNC)', line: 'fcntl(cmd == F_SETOWN)' },
];

/** Lines that a program needs beside an exact one, as far as no rule of the policy decides about them. */
function companions({ seen, filter }: GroupInput): readonly string[] {
  return COMPANIONS.filter(({ call, when, line }) => {
    if (call !== seen.call) return false;
    const [other = ''] = line.split('(');
    const isDecided = filter.rules.some(
      (rule) => rule.call === other && (rule.condition.kind === 'true' || rule.action.kind !== 'allow'),
    );
    return !isDecided && conditionHolds(ruleCondition(when, filter.architecture), seen.args);
  }).map(({ line }) => line);
}

/** The change without what the kernel asks for, where the program is as well off with the refusal. */
function refused(allowing: Proposal | undefined, around: Surroundings): Proposal | undefined {
  if (allowing === undefined) return undefined;
  const keys = keysToFail(allowing.keys, around);
  return Object.keys(keys).length === Object.keys(allowing.keys).length ? undefined : { ...allowing, keys };
}

/**
 * A signal to a process by its number: groups of ours have it where Landlock is sure to keep it within the session, so the key
 * opens nothing, and a rule would.
 */
function scopedSignals(input: GroupInput): readonly Proposal[] {
  const { seccomp, filter, around, seen } = input;
  if (!SIGNAL_CALLS.includes(seen.call) || around.rest.landlock !== 'best-effort') return [];
  const rest: RestOfPolicy = { ...around.rest, landlock: 'required' };
  const scoped = { ...input, around: { ...around, rest } };
  const changes = [[], ...fittingGroups(scoped, 'happens').map((name) => [name])];
  const keys = { ...otherKeys(seen, around), landlock: 'required' };
  return changes.flatMap((allow) => {
    const rules = [...seccomp.rules, ...allow.map((text) => ({ text, span: undefined }))];
    const after = filterOfRules({ ...seccomp, rules }, filter.architecture, rest);
    if (!happens(answerOf(after, seen.call, seen.args))) return [];
    return [{ allow, keys, opens: newlyOpened(filter, around.rest, after, rest) }];
  });
}

/** One more line, whatever the answer is then: for a call whose arguments are not known. */
export function proposalOf(line: string, { seccomp, filter, around, seen }: GroupInput): Proposal {
  const added = namesOf(lineRules(line, seccomp, filter.architecture, around.rest));
  const after = withLines(seccomp, [line], filter, around.rest);
  const opens = newlyOpened(filter, around.rest, after, around.rest, added);
  return { allow: [line], keys: otherKeys(seen, around), opens };
}

/** More lines, if the policy then answers as is wanted. */
function tried(
  allow: readonly string[],
  { seccomp, filter, around, seen }: GroupInput,
  wanted: Wanted,
): Proposal | undefined {
  const added = allow.flatMap((line) => lineRules(line, seccomp, filter.architecture, around.rest));
  const after = withLines(seccomp, allow, filter, around.rest);
  if (!isWanted(answerOf(after, seen.call, seen.args), wanted)) return undefined;
  const keys = wanted === 'happens' ? otherKeys(seen, around) : {};
  const opens = newlyOpened(filter, around.rest, after, around.rest, namesOf(added));
  return opens.some((name) => FORBIDDEN.has(name)) ? undefined : { allow, keys, opens };
}

/** Boundaries that no policy may open: a line that does is an error. */
const FORBIDDEN: ReadonlySet<string> = new Set(
  BOUNDARIES.filter(({ severity }) => severity === 'error').map(({ name }) => name),
);

function namesOf(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(rules.map(({ call }) => call));
}

function withLines(
  seccomp: SeccompPolicy,
  lines: readonly string[],
  { architecture }: Filter,
  rest: RestOfPolicy,
): Filter {
  return filterOfRules(
    { ...seccomp, rules: [...seccomp.rules, ...lines.map((text) => ({ text, span: undefined }))] },
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
function execProposal({ seccomp, filter, around, seen }: GroupInput): Proposal | undefined {
  const keys = otherKeys(seen, around);
  const allow = seen.call === 'execveat' ? ['execveat'] : [];
  const rest: RestOfPolicy = { ...around.rest, exec: 'allow' };
  const [line] = allow;
  const after = line === undefined ? filter : withLines(seccomp, [line], filter, around.rest);
  if (Object.keys(keys).length === 0 && line === undefined) return undefined;
  return { allow, keys, opens: newlyOpened(filter, around.rest, after, rest) };
}
