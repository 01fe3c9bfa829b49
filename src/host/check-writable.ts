import { readFileSync, realpathSync } from 'node:fs';
import { type LinkTargets, NULL_DEVICE } from '../plan/steps/write-places.ts';
import type { Policy } from '../policy/policy.ts';
import { isTerminalPath, TERMINALS_KEY } from '../policy/terminal-advice.ts';
import { executableElsewhere, isBelow, readMounts } from './mounts.ts';
import { holds } from './own-program.ts';
import type { Report } from './report.ts';
import { explain, type Walk, walkPath } from './walk-path.ts';

/** A path that the service may write to, as it is on this host. */
interface Writable {
  /** Of the policy. */
  readonly key: string;
  readonly runs: boolean;
  readonly path: string;
  readonly walk: Extract<Walk, { kind: 'found' }>;
  /** Without links, seen from the root of the host. */
  readonly real: string;
}

export interface WritableQuestion {
  readonly policy: Policy;
  /** The files that the service is started from. */
  readonly started: readonly Walk[];
  /** False for an executable of another host. */
  readonly here: boolean;
  /** The number of `user: own`, which nothing on a file system of the host may outlive. */
  readonly owner: number | undefined;
}

/**
 * Looks at the directories that a service may write to, each of which is going to be mounted over itself: where they are,
 * and whether files that are written there could be executed elsewhere.
 */
export function checkWritable(question: WritableQuestion, report: Report): LinkTargets {
  const { policy, started, here, owner } = question;
  const found = find(policy, report);
  const directories = found.filter(({ path, runs }) => path !== NULL_DEVICE || runs);
  for (const writable of found) {
    const { key, path, walk } = writable;
    const own = started.find((program) => holds(walk, program));
    if (own !== undefined) {
      const message = `the service may write to a file that it is started from: '${path}' holds ${own.path}`;
      report('writable-program', key, message, 'keep the files that it writes apart from those that it runs');
    } else if (path !== NULL_DEVICE || writable.runs) {
      checkPlace(policy, writable, report);
      if (owner !== undefined) checkOwner(writable, owner, report);
    }
  }
  checkNesting(directories, report);
  if (directories.length > 0) checkMounts(policy, directories, here, report);
  const inside = (path: string): string => path.slice(policy.root?.length ?? 0) || '/';
  return new Map(directories.map(({ path, walk }) => [path, inside(walk.path)]));
}

function find(policy: Policy, report: Report): readonly Writable[] {
  const lists = [
    ['write-and-run', policy.writeAndRun],
    ['writable', policy.writable],
  ] as const;
  return lists.flatMap(([list, paths]) =>
    paths.flatMap((path, index): readonly Writable[] => {
      // The policy by itself has an error for these.
      if (isTerminalPath(path)) return [];
      const key = `${list}.${index}`;
      const walk = walkPath(path, policy.root);
      if (walk.kind === 'found')
        return [{ key, runs: list === 'write-and-run', path, walk, real: realpathSync(walk.path) }];
      const message = `'${path}' cannot be reached: ${explain(walk.reason)}`;
      report('writable-missing', key, message, 'make it; it is looked up inside the root');
      return [];
    }),
  );
}

function checkPlace(policy: Policy, { key, path, walk }: Writable, report: Report): void {
  const inside = walk.path.slice(policy.root?.length ?? 0);
  if (isTerminalPath(inside)) {
    const message = `'${path}' is a terminal of the host, or the place of them`;
    report('writable-terminals', key, message, TERMINALS_KEY);
  } else if (!walk.stat.isDirectory()) {
    const help = `name its directory; the only file that you may name is ${NULL_DEVICE}, under writable`;
    report('writable-not-directory', key, `'${path}' is no directory`, help);
  } else if (inside === '/dev') {
    const message = `'${path}' would have no devices: below a directory to write to, none can be opened`;
    report('writable-devices', key, message, `name ${NULL_DEVICE}, or a directory below such as /dev/shm`);
  } else if (policy.root === undefined && isBelow(inside, '/proc')) {
    const its = policy.processes === 'own' ? 'the service gets its own' : 'the service sees it read-only';
    const message = `'${path}' is in the /proc of the host; ${its}, and cannot write to it`;
    report('writable-proc', key, message, 'leave it out');
  }
}

/** Files of a number without an account are nobody's when the service is gone: only it may have reached them. */
function checkOwner({ key, path, walk }: Writable, owner: number, report: Report): void {
  const { mode, uid } = walk.stat;
  if (!walk.stat.isDirectory() || (uid === owner && (mode & 0o7777) === 0o700)) return;
  const found = `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}, owner ${uid}`;
  const message = `with user: own the files in '${path}' outlive the number ${owner}, and others could reach them (${found})`;
  report('own-user-writable', key, message, `chown ${owner}:${owner} ${walk.path} && chmod 700 ${walk.path}`);
}

/** A mount of `writable` covers everything below it, also a directory that another key names. */
function checkNesting(directories: readonly Writable[], report: Report): void {
  directories.forEach(({ key, runs, path, real }, index) => {
    const twice = directories.slice(0, index).find((other) => other.real === real && other.runs === runs);
    if (twice !== undefined) report('writable-twice', key, `'${path}' is named twice`, 'keep one of the two');
    const above = directories.find((other) => runs && !other.runs && isBelow(real, other.real));
    if (above === undefined) return;
    const message = `'${path}' lies below '${above.path}' of writable, where execution is denied`;
    report('writable-nested', key, message, 'keep the two apart, or leave one of them out');
  });
}

/** Reports other mounts of the host that show the same directory without the flags of ours. */
function checkMounts(policy: Policy, directories: readonly Writable[], here: boolean, report: Report): void {
  const mounts = readMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const [first] = directories;
  if (first !== undefined && here && !mounts.some(({ point }) => point === '/')) {
    const message = 'portcullis cannot mount in a chroot that is no mount: the host would see it too';
    report('writable-chroot', first.key, message, 'start outside of it, or make its root a mount');
  }
  const root = policy.root === undefined ? '/' : realpathSync(policy.root);
  const covered = directories.filter(({ runs }) => !runs);
  for (const { key, path, real } of covered) {
    const place = executableElsewhere(real, mounts).find(
      (candidate) => isBelow(candidate, root) && !covered.some((other) => isBelow(candidate, other.real)),
    );
    if (place === undefined) continue;
    const message = `files that the service writes below '${path}' are also at ${place}, where they can be executed`;
    report('writable-elsewhere', key, message, `mount -o remount,bind,noexec ${place}`);
  }
}
