import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Policy } from '../policy/policy.ts';
import { lookupGroup, lookupUser } from './accounts.ts';
import { hasProcesses } from './libc.ts';
import type { Report } from './report.ts';

/** The value of `user` that asks for a number of its own. */
export const OWN = 'own';

/**
 * The numbers of `user: own`: above those that systemd gives to containers, up to the largest that is no negative number.
 * Source: UIDS-GIDS.md of systemd, which calls them unused.
 */
export const OWN_NUMBERS = { first: 0x7000_0000, last: 0x7fff_ffff } as const;
/** The hexadecimal digits behind the first one, which is 7. */
const DIGITS = 7;

/** The number of a service: 0x7 and the first seven digits of SHA-256 of `portcullis user NAME`. */
export function ownNumber(service: string): number {
  const hash = createHash('sha256').update(`portcullis user ${service}`).digest('hex');
  return OWN_NUMBERS.first + Number.parseInt(hash.slice(0, DIGITS), 16);
}

const FIX = 'rename the service, which changes the number, or name a user of its own';

/**
 * Reports everybody who has the number of `user: own` already. `here`: false for an executable of another host, whose
 * processes are not these.
 */
export function checkOwnUser(policy: Policy, here: boolean, report: Report): void {
  const number = ownNumber(policy.service);
  const taken = (owner: string, help = FIX): void =>
    report('own-user-taken', 'user', `the number of user: own is ${number}, and ${owner}`, help);
  const user = lookupUser(number);
  if (user !== undefined) taken(`the user '${user.name}' has it`);
  const group = policy.group === undefined ? lookupGroup(number) : undefined;
  if (group !== undefined) taken(`the group '${group.name}' has it`);
  for (const file of ['/etc/subuid', '/etc/subgid'])
    for (const owner of ownersOf(number, textOf(file))) taken(`${file} gives it to '${owner}'`);
  if (!here) return;
  if (!isMapped(number, textOf('/proc/self/uid_map')))
    taken('this container has no such user number (/proc/self/uid_map)', 'name a user that it has');
  if (hasProcesses(number)) {
    const process = processOf(number);
    const name = process === undefined ? 'a process runs with it' : `process ${process} runs with it`;
    taken(name, 'if it is this service, it runs already: stop it first');
  }
}

/** Returns who is given a number by the lines `owner:first:count` of subuid(5). */
export function ownersOf(number: number, text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [owner = '', first = '', count = ''] = line.split(':');
    const isRange = /^\d+$/.test(first) && /^\d+\s*$/.test(count);
    return isRange && number >= Number(first) && number < Number(first) + Number(count) ? [owner] : [];
  });
}

/** Returns whether a map has a number inside: user_namespaces(7). A host without the file maps all. */
export function isMapped(number: number, map: string): boolean {
  const lines = map.split('\n').filter((line) => line.trim() !== '');
  return (
    lines.length === 0 ||
    lines.some((line) => {
      const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
      return number >= first && number < first + count;
    })
  );
}

/** A process of a user, as `pid (name)`, as far as this caller sees it. */
function processOf(uid: number): string | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const status = textOf(`/proc/${pid}/status`);
    const ids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number);
    if (ids?.includes(uid) === true) return `${pid} (${/^Name:\s+(.*)$/m.exec(status)?.[1] ?? ''})`;
  }
  return undefined;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
