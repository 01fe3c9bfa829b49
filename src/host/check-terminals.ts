import { readFileSync, readlinkSync } from 'node:fs';
import type { Policy } from '../policy/policy.ts';
import { distrustWay } from './component-trust.ts';
import { ownerHelp } from './look-at-file.ts';
import { readMounts } from './mounts.ts';
import type { Report } from './report.ts';
import { explain, type Walk, walkPath } from './walk-path.ts';

export interface TerminalsQuestion {
  readonly policy: Policy;
  /** The users that may own the places of the mounts. */
  readonly owners: readonly number[];
  /** False for an executable of another host. */
  readonly here: boolean;
}

/** The place of a mount: the way to it, and the reason why it cannot be one, with the fix. */
interface Place {
  readonly walk: Walk;
  readonly problem?: { readonly message: string; readonly help: string };
}

/** The number of /dev/tty, major 5 and minor 0; Documentation/admin-guide/devices.txt. */
const OWN_TERMINAL = 5 << 8;

/** Looks at the places, inside the root, at which the terminals of the service are going to be mounted. */
export function checkTerminals({ policy, owners, here }: TerminalsQuestion, report: Report): void {
  if (!policy.terminals) return;
  const { root = '' } = policy;
  const places = [directoryPlace(root), makerPlace(root), ownPlace(root)];
  for (const { problem } of places)
    if (problem !== undefined) report('terminals-place', 'terminals', problem.message, problem.help);
  const reason = places.map(({ walk }) => distrustPlace(walk, owners)).find((found) => found !== undefined);
  if (reason !== undefined) report('terminals-untrusted', 'terminals', reason, ownerHelp(owners));
  if (here && !readMounts(readFileSync('/proc/self/mountinfo', 'utf8')).some(({ point }) => point === '/')) {
    const message = 'portcullis cannot mount in a chroot that is no mount: the host would see it too';
    report('terminals-chroot', 'terminals', message, 'start outside of it, or make its root a mount');
  }
}

function directoryPlace(root: string): Place {
  const path = `${root}/dev/pts`;
  const walk = walkPath('/dev/pts', root);
  const reason =
    walk.kind === 'missing'
      ? explain(walk.reason)
      : !walk.stat.isDirectory()
        ? 'it is no directory'
        : walk.path === path
          ? undefined
          : `it is a link to ${walk.path}`;
  if (reason === undefined) return { walk };
  const help = `make it: mkdir -p ${path} && ln -s pts/ptmx ${root}/dev/ptmx`;
  return { walk, problem: { message: `terminals cannot be mounted at '${path}': ${reason}`, help } };
}

function makerPlace(root: string): Place {
  const path = `${root}/dev/ptmx`;
  const walk = walkPath('/dev/ptmx', root);
  const reason =
    walk.kind === 'missing'
      ? explain(walk.reason)
      : walk.stat.isDirectory()
        ? 'it is a directory'
        : undefined;
  if (reason === undefined || leadsToTerminals(walk, path)) return { walk };
  const help = `make it a link: ln -sfn pts/ptmx ${path}`;
  return { walk, problem: { message: `terminals cannot be made at '${path}': ${reason}`, help } };
}

/** The directory is empty until the launch, so a link into it leads nowhere. */
function leadsToTerminals({ components }: Walk, path: string): boolean {
  const link = components.find((component) => component.path === path);
  if (link?.stat.isSymbolicLink() !== true) return false;
  return ['pts/ptmx', '/dev/pts/ptmx'].includes(readlinkSync(path));
}

/** A root may be without it. */
function ownPlace(root: string): Place {
  const path = `${root}/dev/tty`;
  const walk = walkPath('/dev/tty', root);
  if (walk.kind === 'missing' || (walk.stat.isCharacterDevice() && walk.stat.rdev === OWN_TERMINAL))
    return { walk };
  const help = `remove it, or make it anew: rm ${path} && mknod -m 666 ${path} c 5 0`;
  return { walk, problem: { message: `'${path}' is not the device of that name`, help } };
}

/** All may write to the devices: the way to them counts. */
function distrustPlace(walk: Walk, owners: readonly number[]): string | undefined {
  const components = walk.components.filter(({ stat }) => !stat.isCharacterDevice());
  return distrustWay({ ...walk, components }, owners);
}
