import type { Span } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import type { CallOptions, PlanBuilder } from '../builder.ts';
import { data, NOT_NEGATIVE, slot, text, value } from '../builder.ts';
import { emptyData, structData } from '../data.ts';

/** The settings of the kernel, always there. The other covered directories get what covers it. */
export const FIRST_DIRECTORY = '/proc/sys';

/** Directories of the kernel and of devices. Container runtimes mask most of them. */
export const COVERED_DIRECTORIES: readonly string[] = [
  'acpi',
  'asound',
  'bus',
  'driver',
  'dynamic_debug',
  'fs',
  'ide',
  'irq',
  'scsi',
  'xen',
].map((name) => `/proc/${name}`);

/** Always there. It tells which device acts, such as a keyboard; the sums in /proc/stat stay, since agents read them. */
export const FIRST_FILE = '/proc/interrupts';

/** Files that order the kernel about, or tell of its memory, its addresses, its keys or the timing of others. */
export const COVERED_FILES: readonly string[] = [
  'allocinfo',
  'apm',
  'bootconfig',
  'iomem',
  'ioports',
  'kallsyms',
  'kcore',
  'key-users',
  'keys',
  'kmsg',
  'kpagecgroup',
  'kpagecount',
  'kpageflags',
  'latency_stats',
  'lock_stat',
  'lockdep',
  'lockdep_chains',
  'lockdep_stats',
  'modules',
  'mtrr',
  'pagetypeinfo',
  'profile',
  'sched_debug',
  'slabinfo',
  'sysrq-trigger',
  'timer_list',
  'timer_stats',
  'vmallocinfo',
  'vmcore',
].map((name) => `/proc/${name}`);

const ITSELF = text('');
const NULL = value(0, 'NULL');
const FLAGS = ['RDONLY', 'NOSUID', 'NODEV', 'NOEXEC'];
const named = (prefix: string): string => FLAGS.map((flag) => `${prefix}_${flag}`).join('|');

/** Size of `struct statfs`, and where it has the flags of the mount. Source: asm-generic/statfs.h. */
const STATFS_SIZE = 120;
const STATFS_FLAGS = 80;

/**
 * Puts the /proc that is there, with everything mounted in it, over itself: read-only from the first moment. Then covers
 * what tells of more than processes. Its numbers are those of the host; no call of the service takes them.
 */
export function showHostProcesses(builder: PlanBuilder, policy: Policy): void {
  const source = policy.spans.get('processes');
  const place = (from: string, at: string, isTree: boolean, why: string): void =>
    attach(builder, { from, at, isTree, why, source });
  place(
    '/proc',
    '/proc',
    true,
    "the processes of the host, in the host's /proc, which nobody writes to here",
  );
  const found = emptyData(STATFS_SIZE);
  const expected = builder.constant(named('MS'));
  builder.call('statfs', [text('/proc'), data(found, 'flags')], {
    why: 'read back',
    source,
    roles: ['inner'],
    checks: [{ data: found, offset: STATFS_FLAGS, width: 8, mask: expected, equals: expected }],
  });
  const options = (why: string): CallOptions => ({ why, source, roles: ['inner'] });
  builder.call(
    'mount',
    [text('tmpfs'), text(FIRST_DIRECTORY), text('tmpfs'), named('MS'), text('size=4k,mode=555')],
    options('an empty directory instead of the settings of the kernel'),
  );
  place('/dev/null', FIRST_FILE, false, 'a device that cannot be opened instead of a file about the kernel');
  for (const path of COVERED_DIRECTORIES) cover(builder, FIRST_DIRECTORY, path, options('empty as well'));
  for (const path of COVERED_FILES) cover(builder, FIRST_FILE, path, options('cannot be opened either'));
}

/** Mounts a cover once more, with its flags: this kernel may not have the path. */
function cover(builder: PlanBuilder, from: string, path: string, options: CallOptions): void {
  builder.call('mount', [text(from), text(path), NULL, 'MS_BIND', NULL], {
    ...options,
    tolerate: ['ENOENT'],
  });
}

interface Attached {
  readonly from: string;
  readonly at: string;
  /** With what is mounted below it. */
  readonly isTree: boolean;
  readonly why: string;
  readonly source: Span | undefined;
}

function attach(builder: PlanBuilder, { from, at, isTree, why, source }: Attached): void {
  const options = { why, source, roles: ['inner'] } as const;
  const below = isTree ? '|AT_RECURSIVE' : '';
  builder.call('open_tree', ['AT_FDCWD', text(from), `OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC${below}`], {
    ...options,
    expect: NOT_NEGATIVE,
    store: 'tree',
  });
  // struct mount_attr: attributes to set and to clear, propagation, user namespace.
  const attributes = named('MOUNT_ATTR');
  const change = structData([
    [8, builder.constant(attributes)],
    [8, 0],
    [8, builder.constant('MS_PRIVATE')],
    [8, 0],
  ]);
  builder.call(
    'mount_setattr',
    [
      slot('tree'),
      ITSELF,
      `AT_EMPTY_PATH${below}`,
      data(change, `{set ${attributes}, clear 0, MS_PRIVATE}`),
      change.bytes.length,
    ],
    options,
  );
  builder.call(
    'move_mount',
    [slot('tree'), ITSELF, 'AT_FDCWD', text(at), 'MOVE_MOUNT_F_EMPTY_PATH'],
    options,
  );
  builder.call('close', [slot('tree')], options);
}
