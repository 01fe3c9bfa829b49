import { hostArchitecture } from '../host/host-architecture.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { Policy } from '../policy/policy.ts';
import type { DifferenceText } from '../seccomp/diff/diff-text.ts';
import { type Filter, resolveFilter } from '../seccomp/index.ts';
import { compareDeciders } from '../seccomp/library/compare.ts';
import { TooComplexToSayError } from '../seccomp/lift/too-complex.ts';
import { TooLargeToProveError } from '../seccomp/prove/too-large.ts';

/** Calls to name at most; the rest is a number. */
const MOST_CALLS = 12;

/** Returns the rights of a policy beyond those of the solution, a line each: calls, capabilities, files, time. */
export function needlessRights(policy: string, solution: string): readonly string[] {
  const mine = parsePolicy(policy, 'policy').policy;
  const best = parsePolicy(solution, 'solution').policy;
  if (mine === undefined || best === undefined) return [];
  return [
    ...identity(mine, best),
    ...added('writable', mine.writable, best.writable),
    ...added('write-and-run', mine.writeAndRun, best.writeAndRun),
    ...words(mine, best),
    ...limits(mine, best),
    ...calls(mine, best),
  ];
}

function identity(mine: Policy, best: Policy): readonly string[] {
  const isRoot = ({ user }: Policy): boolean => user === 'root' || user === 0;
  return [
    ...(isRoot(mine) && !isRoot(best) ? ['user: root'] : []),
    ...added('groups', mine.groups.map(String), best.groups.map(String)),
    ...added('capabilities', mine.capabilities, best.capabilities),
    ...(mine.root === undefined && best.root !== undefined ? ['the files of the host: no root'] : []),
  ];
}

/** The keys with one narrow and one wide word. */
function words(mine: Policy, best: Policy): readonly string[] {
  const wide: readonly (readonly [string, boolean, boolean])[] = [
    ['exec: allow', mine.exec === 'allow', best.exec === 'allow'],
    ['network: host', mine.network === 'host', best.network === 'host'],
    ['processes: host', mine.processes === 'host', best.processes === 'host'],
    ['terminals: true', mine.terminals, best.terminals],
  ];
  return wide.filter(([, here, there]) => here && !there).map(([text]) => text);
}

function limits(mine: Policy, best: Policy): readonly string[] {
  const most = (value: number | undefined): number => value ?? Number.POSITIVE_INFINITY;
  const times: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ['time', mine.limits.timeMs, best.limits.timeMs],
    ['idle', mine.limits.idleMs, best.limits.idleMs],
    ['first-byte', mine.limits.firstByteMs, best.limits.firstByteMs],
  ];
  const longer = times
    .filter(([, here, there]) => most(here) > most(there))
    .map(
      ([name, here, there]) =>
        `limits.${name}: ${milliseconds(here)}, where ${milliseconds(there)} is enough`,
    );
  const sessions =
    mine.limits.sessions > best.limits.sessions
      ? [`limits.sessions: ${mine.limits.sessions}, where ${best.limits.sessions} is enough`]
      : [];
  const larger = Object.entries(best.rlimits).flatMap(([name, { hard }]) => {
    const own = Object.entries(mine.rlimits).find(([other]) => other === name)?.[1].hard ?? hard;
    return own > hard ? [`rlimits.${name}: larger than the solution's`] : [];
  });
  return [...sessions, ...longer, ...larger];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? 'unlimited' : `${value} ms`;
}

function calls(mine: Policy, best: Policy): readonly string[] {
  const machine = hostArchitecture();
  const [narrow, wide] = [best, mine].map((policy) => resolveFilter(policy.seccomp, machine, policy).filter);
  if (narrow === undefined || wide === undefined) return [];
  if (wide.default.kind === 'allow' && narrow.default.kind !== 'allow')
    return ['every system call that no rule names: seccomp.default is allow'];
  const names = differencesOf(narrow, wide)
    .filter(({ direction, architecture }) => direction === 'wider' && architecture === undefined)
    .flatMap((difference) => difference.calls);
  if (names.length === 0) return [];
  const rest = names.length > MOST_CALLS ? ` and ${names.length - MOST_CALLS} more` : '';
  return [`system calls: ${names.slice(0, MOST_CALLS).join(', ')}${rest}`];
}

/** Empty for rules that are too large to compare: the verdicts do not depend on it. */
function differencesOf(narrow: Filter, wide: Filter): readonly DifferenceText[] {
  try {
    return compareDeciders(narrow, wide).differences;
  } catch (error) {
    if (error instanceof TooComplexToSayError || error instanceof TooLargeToProveError) return [];
    throw error;
  }
}

function added(key: string, mine: readonly string[], best: readonly string[]): readonly string[] {
  const more = mine.filter((item) => !best.includes(item));
  return more.length === 0 ? [] : [`${key}: ${more.join(', ')}`];
}
