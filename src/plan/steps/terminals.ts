import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, NOT_NEGATIVE, slot, text, value } from '../builder.ts';
import { emptyData } from '../data.ts';
import type { Check, Slot } from '../step.ts';
import { allowTerminal } from './landlock.ts';

/** The directory of the terminals, the device that makes one, and the one of the process that opens it: pts(4), tty(4). */
export const PTS_DIRECTORY = '/dev/pts';
export const PTS_MAKER = '/dev/ptmx';
export const OWN_TERMINAL = '/dev/tty';

/**
 * Source: devpts(5), Documentation/filesystems/devpts.rst. Each mount is an instance. A terminal belongs to its maker, and
 * 1024 of them leave two thirds of `kernel.pty.max` to other services.
 */
const OPTIONS = 'newinstance,mode=0600,ptmxmode=0666,max=1024';
const MOUNT_FLAGS = 'MS_NOSUID|MS_NOEXEC';
const MAKER_FLAGS = `${MOUNT_FLAGS}|MS_RDONLY`;
const NULL = value(0, 'NULL');

/** Source: include/uapi/linux/magic.h. */
const DEVPTS_SUPER_MAGIC = 0x1cd1n;
/** Size of `struct statfs`, and where it has the type and the flags of the mount. Source: asm-generic/statfs.h. */
const STATFS_SIZE = 120;
const STATFS_TYPE = 0;
const STATFS_FLAGS = 80;

/**
 * Mounts a new instance of devpts, in which no terminal is, and binds the device that makes one to its usual place. That
 * device stays when a session ends, so it is mounted over itself first: on a mount to read nobody changes its mode or
 * owner, root neither, and it makes terminals as before.
 */
export function mountTerminals(builder: PlanBuilder, policy: Policy): void {
  const source = policy.spans.get('terminals');
  const maker = text(`${PTS_DIRECTORY}/ptmx`);
  builder.call('mount', [text('devpts'), text(PTS_DIRECTORY), text('devpts'), MOUNT_FLAGS, text(OPTIONS)], {
    why: 'the service makes terminals of its own, and sees no other',
    source,
  });
  readMount(builder, policy, PTS_DIRECTORY, MOUNT_FLAGS);
  builder.call('mount', [maker, maker, NULL, 'MS_BIND', NULL], {
    why: 'what makes terminals is a mount of its own, and so can be one to read',
    source,
  });
  builder.call('mount', [NULL, maker, NULL, `MS_REMOUNT|MS_BIND|${MAKER_FLAGS}`, NULL], {
    why: 'no session takes it from later ones by a mode or an owner',
    source,
  });
  builder.call('mount', [maker, text(PTS_MAKER), NULL, 'MS_BIND', NULL], {
    why: 'a terminal that the service makes is one of its own',
    source,
  });
  for (const path of [`${PTS_DIRECTORY}/ptmx`, PTS_MAKER]) readMount(builder, policy, path, MAKER_FLAGS);
}

function readMount(builder: PlanBuilder, policy: Policy, path: string, mounted: string): void {
  const found = emptyData(STATFS_SIZE);
  const flags = builder.constant(mounted);
  const checks: readonly Check[] = [
    { data: found, offset: STATFS_TYPE, width: 8, mask: 0xffff_ffffn, equals: DEVPTS_SUPER_MAGIC },
    { data: found, offset: STATFS_FLAGS, width: 8, mask: flags, equals: flags },
  ];
  builder.call('statfs', [text(path), data(found, 'type and flags')], {
    why: 'read back, on the path that the service uses',
    source: policy.spans.get('terminals'),
    checks,
  });
}

/** Lets the service open the terminals that it makes and control them. */
export function allowTerminals(builder: PlanBuilder, policy: Policy, landlockAbi: number): void {
  const source = policy.spans.get('terminals');
  const places: readonly (readonly [path: string, slot: Slot])[] = [
    [PTS_DIRECTORY, 'terminals'],
    [PTS_MAKER, 'terminal-maker'],
    [OWN_TERMINAL, 'own-terminal'],
  ];
  for (const [path, opened] of places) {
    // A root does without a device that only names what its programs have already.
    const mayLack = path === OWN_TERMINAL && policy.root !== undefined;
    const options = { why: `the service may use ${path}`, source };
    builder.call('openat', ['AT_FDCWD', text(path), 'O_PATH|O_CLOEXEC', 0], {
      ...options,
      expect: NOT_NEGATIVE,
      store: opened,
      tolerate: mayLack ? ['ENOENT'] : [],
    });
    const lacking = { ...options, tolerate: mayLack ? ['EBADF'] : [] };
    allowTerminal(builder, { opened, path, options: lacking }, landlockAbi);
    builder.call('close', [slot(opened)], lacking);
  }
}
