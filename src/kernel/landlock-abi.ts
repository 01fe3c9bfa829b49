import { constantBits } from './constants.ts';
import { compareKernelReleases, type KernelRelease } from './kernel-release.ts';

/** A version of Landlock, by what it added to the one before. */
export interface LandlockAbi {
  readonly abi: number;
  /** The kernel that brought it. */
  readonly since: KernelRelease;
  /** Rights over files by which something is written. Reading and executing are left to the modes of files. */
  readonly writing: readonly string[];
  /** Rights over TCP ports. */
  readonly ports: readonly string[];
  /** Other processes that are out of reach. */
  readonly scopes: readonly string[];
  /** The gain for a service; `undefined`: no plan uses it. */
  readonly brings: string | undefined;
}

const NOTHING = { writing: [], ports: [], scopes: [] } as const;

/** Every version that Portcullis knows, the oldest first. Source: the table of versions in landlock(7). */
export const LANDLOCK_ABIS: readonly LandlockAbi[] = [
  {
    ...NOTHING,
    abi: 1,
    since: { major: 5, minor: 13 },
    writing: [
      'LANDLOCK_ACCESS_FS_WRITE_FILE',
      'LANDLOCK_ACCESS_FS_REMOVE_DIR',
      'LANDLOCK_ACCESS_FS_REMOVE_FILE',
      'LANDLOCK_ACCESS_FS_MAKE_CHAR',
      'LANDLOCK_ACCESS_FS_MAKE_DIR',
      'LANDLOCK_ACCESS_FS_MAKE_REG',
      'LANDLOCK_ACCESS_FS_MAKE_SOCK',
      'LANDLOCK_ACCESS_FS_MAKE_FIFO',
      'LANDLOCK_ACCESS_FS_MAKE_BLOCK',
      'LANDLOCK_ACCESS_FS_MAKE_SYM',
    ],
    brings: 'writing is held to the paths of `writable`, below which nothing is executed',
  },
  {
    ...NOTHING,
    abi: 2,
    since: { major: 5, minor: 19 },
    writing: ['LANDLOCK_ACCESS_FS_REFER'],
    brings: 'files can be linked and moved from one directory to another below a path of `writable`',
  },
  {
    ...NOTHING,
    abi: 3,
    since: { major: 6, minor: 2 },
    writing: ['LANDLOCK_ACCESS_FS_TRUNCATE'],
    brings: 'truncating a file counts as writing',
  },
  {
    ...NOTHING,
    abi: 4,
    since: { major: 6, minor: 7 },
    ports: ['LANDLOCK_ACCESS_NET_BIND_TCP', 'LANDLOCK_ACCESS_NET_CONNECT_TCP'],
    brings: 'TCP bind and connect are refused with `network: none`, beside the filter',
  },
  {
    ...NOTHING,
    abi: 5,
    since: { major: 6, minor: 10 },
    writing: ['LANDLOCK_ACCESS_FS_IOCTL_DEV'],
    brings: 'ioctl on devices is refused',
  },
  {
    ...NOTHING,
    abi: 6,
    since: { major: 6, minor: 12 },
    scopes: ['LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET', 'LANDLOCK_SCOPE_SIGNAL'],
    brings: 'sessions cannot signal each other or the gate',
  },
  { ...NOTHING, abi: 7, since: { major: 6, minor: 15 }, brings: undefined },
];

/** The version of a kernel release; 0 where it has no Landlock. */
export function landlockAbiOf(release: KernelRelease): number {
  return LANDLOCK_ABIS.findLast(({ since }) => compareKernelReleases(release, since) >= 0)?.abi ?? 0;
}

/** The first version that keeps the sessions of one service from signalling each other. */
export const SESSIONS_APART: LandlockAbi = firstWithScopes();

function firstWithScopes(): LandlockAbi {
  const first = LANDLOCK_ABIS.find(({ scopes }) => scopes.includes('LANDLOCK_SCOPE_SIGNAL'));
  if (first === undefined) throw new Error('no version of Landlock scopes signals');
  return first;
}

/** Returns the bits of one kind that a version and all versions before it have; `undefined`: it has no such bits. */
export function landlockBits(abi: number, kind: 'writing' | 'ports' | 'scopes'): bigint | undefined {
  const names = LANDLOCK_ABIS.filter((known) => known.abi <= abi).flatMap((known) => known[kind]);
  return names.length === 0 ? undefined : constantBits(names.join('|'));
}
