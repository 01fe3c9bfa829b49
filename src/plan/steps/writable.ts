import { releaseOfCall } from '../../kernel/system-call-age.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, NOT_NEGATIVE, slot, text } from '../builder.ts';
import { emptyData, structData } from '../data.ts';
import type { CapabilityNeed, KernelNeed } from '../need.ts';
import { allowBelow } from './landlock.ts';
import { type WritePlace, writePlaces } from './write-places.ts';

const LINKS = 'RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS';
const OPEN_FLAGS = 'O_PATH|O_DIRECTORY|O_CLOEXEC';
const TREE_FLAGS = 'AT_EMPTY_PATH|OPEN_TREE_CLONE|AT_RECURSIVE|OPEN_TREE_CLOEXEC';

/** Size of `struct statfs`, and where it has the flags of the mount: the same on both machines. Source: asm-generic/statfs.h. */
const STATFS_SIZE = 120;
const STATFS_FLAGS = 80;

/** The empty path of mount(2) and similar calls, which stands for the descriptor itself. */
const ITSELF = text('');

export const MOUNT_NEED: CapabilityNeed = {
  capability: 'CAP_SYS_ADMIN',
  to: 'to mount what the service may write to',
  does: 'mounts the directories of `writable` and `write-and-run`, and `terminals`',
  when: (policy) => writePlaces(policy).length > 0 || policy.terminals,
  without: 'refused',
  instead: 'write policies without them',
};

export const ATTRIBUTE_NEED: KernelNeed = {
  since: releaseOfCall('mount_setattr'),
  brings: 'mount_setattr',
  asked: {
    policies: 'with `writable` or `processes: host`',
    by: (policy) => {
      const [place] = writePlaces(policy);
      if (policy.processes === 'host')
        return {
          launch: 'a launch that shows the processes of the host',
          source: policy.spans.get('processes'),
        };
      return place && { launch: `a launch that mounts ${place.path} for writing`, source: place.source };
    },
  },
  without: 'refused',
};

/**
 * Mounts a directory over itself, with everything that is mounted below it, so that nothing there is a program, a device
 * or gives away its owner's power. It is looked up once: what is made so is what may be written to.
 */
export function mountWritable(
  builder: PlanBuilder,
  { path, runs, source }: WritePlace,
  landlockAbi: number,
): void {
  const flags = runs ? ['NOSUID', 'NODEV'] : ['NOEXEC', 'NOSUID', 'NODEV'];
  const named = (prefix: string): string => flags.map((flag) => `${prefix}_${flag}`).join('|');
  const bits = (names: string): bigint => builder.constant(names);
  const writes = { why: `the service may write to ${path}`, source };
  const runsNothing = {
    why: runs ? `it may run the files that it writes below ${path}` : `files below ${path} are never run`,
    source,
  };
  // struct open_how: flags, mode, resolve.
  const how = structData([
    [8, bits(OPEN_FLAGS)],
    [8, 0],
    [8, bits(LINKS)],
  ]);
  builder.call(
    'openat2',
    ['AT_FDCWD', text(path), data(how, `{${OPEN_FLAGS}, 0, ${LINKS}}`), how.bytes.length],
    { ...writes, expect: NOT_NEGATIVE, store: 'directory' },
  );
  builder.call('open_tree', [slot('directory'), ITSELF, TREE_FLAGS], {
    ...writes,
    expect: NOT_NEGATIVE,
    store: 'tree',
  });
  // struct mount_attr: attributes to set and to clear, propagation, user namespace.
  const attributes = named('MOUNT_ATTR');
  const change = structData([
    [8, bits(attributes)],
    [8, 0],
    [8, bits('MS_PRIVATE')],
    [8, 0],
  ]);
  builder.call(
    'mount_setattr',
    [
      slot('tree'),
      ITSELF,
      'AT_EMPTY_PATH|AT_RECURSIVE',
      data(change, `{set ${attributes}, clear 0, MS_PRIVATE}`),
      change.bytes.length,
    ],
    runsNothing,
  );
  builder.call(
    'move_mount',
    [slot('tree'), ITSELF, slot('directory'), ITSELF, 'MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH'],
    runsNothing,
  );
  // The flags of a mount in statfs(2) are those of mount(2). Source: include/linux/statfs.h.
  const expected = bits(named('MS'));
  const found = emptyData(STATFS_SIZE);
  builder.call('statfs', [text(path), data(found, 'flags')], {
    why: 'read back, on the path that the service uses',
    source,
    checks: [{ data: found, offset: STATFS_FLAGS, width: 8, mask: expected, equals: expected }],
  });
  if (landlockAbi > 0) allowBelow(builder, { tree: 'tree', path, source }, landlockAbi);
  builder.call('close', [slot('tree')], writes);
  builder.call('close', [slot('directory')], writes);
}
