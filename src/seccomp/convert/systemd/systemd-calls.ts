import { compareKernelReleases, type KernelRelease } from '../../../kernel/kernel-release.ts';
import { syscallSince } from '../../../kernel/system-call-age.ts';
import { SYSTEMD_GROUP_NAMES, systemdGroup } from '../../../kernel/system-call-groups.ts';
import { SYSTEM_CALL_NAMES } from '../../../kernel/system-calls.ts';

/** The group `@known` of systemd 252, with its updates, holds the calls up to this kernel. */
const KNOWN_KERNEL: KernelRelease = { major: 6, minor: 7 };

const KNOWN = '@known';

/** Calls of older kernels that it lacks. */
const FORGOTTEN: readonly string[] = ['cachestat', 'nfsservctl'];

/** The groups that a unit file can name. */
export const UNIT_GROUP_NAMES: readonly string[] = [...SYSTEMD_GROUP_NAMES, KNOWN];

const MEMBERS: ReadonlyMap<string, readonly string[]> = new Map(
  SYSTEMD_GROUP_NAMES.map((name) => [name, membersOf(name)]),
);

/**
 * Returns the calls of a group, those of the groups in it included; `undefined` for a name that is no group.
 *
 * `@known` grows with each version of systemd. An allowed `@known` is taken at its smallest, a refused one at its largest.
 */
export function groupCalls(name: string, use: 'allow' | 'refuse'): readonly string[] | undefined {
  if (name !== KNOWN) return MEMBERS.get(name);
  return use === 'refuse' ? SYSTEM_CALL_NAMES : KNOWN_CALLS;
}

function membersOf(group: string): readonly string[] {
  const members = systemdGroup(group) ?? [];
  return [...new Set(members.flatMap((member) => (member.startsWith('@') ? membersOf(member) : [member])))];
}

function isOld(call: string): boolean {
  const since = syscallSince(call);
  if (FORGOTTEN.includes(call)) return false;
  return since === undefined || compareKernelReleases(since, KNOWN_KERNEL) <= 0;
}

const NAMES: ReadonlySet<string> = new Set([...SYSTEM_CALL_NAMES, ...[...MEMBERS.values()].flat()]);

const KNOWN_CALLS: readonly string[] = SYSTEM_CALL_NAMES.filter(isOld);

/** Returns whether some architecture has a call of this name, including those that Portcullis does not run on. */
export function isCallSomewhere(name: string): boolean {
  return NAMES.has(name);
}
