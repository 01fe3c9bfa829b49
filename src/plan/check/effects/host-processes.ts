import { constantsOf, data, NOT_NEGATIVE, slot, text, value } from '../../builder.ts';
import type { GatedContract } from '../../contract.ts';
import { emptyData, structData } from '../../data.ts';
import {
  COVERED_DIRECTORIES,
  COVERED_FILES,
  FIRST_DIRECTORY,
  FIRST_FILE,
} from '../../steps/host-processes.ts';
import { PROC_NEED } from '../../steps/namespaces.ts';
import type { CallEffect } from '../call-effect.ts';
import type { DeedName } from '../deeds.ts';

const NULL = value(0, 'NULL');
const ITSELF = text('');
const CONFINED = { phase: 'confine', roles: ['inner'] } as const;
const MOUNTED = { ...CONFINED, needs: PROC_NEED } as const;
/** `struct statfs`, and where it has the flags of the mount. Source: include/uapi/asm-generic/statfs.h. */
const STATFS_SIZE = 120;
const STATFS_FLAGS = 80;

/**
 * The /proc of the host over itself, which is read-only before it is in its place, and a cover over everything in it that is not
 * about processes.
 */
export function hostProcessEffects({ facts }: GatedContract): readonly CallEffect[] {
  const named = (prefix: string): bigint =>
    constantsOf(
      ['RDONLY', 'NOSUID', 'NODEV', 'NOEXEC'].map((flag) => `${prefix}_${flag}`).join('|'),
      facts.architecture,
    );
  const change = structData([
    [8, named('MOUNT_ATTR')],
    [8, 0],
    [8, constantsOf('MS_PRIVATE', facts.architecture)],
    [8, 0],
  ]);
  const flags = named('MS');
  const attached = (
    { from, at, below }: Readonly<Record<'from' | 'at' | 'below', string>>,
    [before, copied, closed, there]: readonly [DeedName, DeedName, DeedName, DeedName],
  ): readonly CallEffect[] => [
    {
      ...MOUNTED,
      call: 'open_tree',
      operands: ['AT_FDCWD', text(from), `OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC${below}`],
      expect: NOT_NEGATIVE,
      store: 'tree',
      deed: copied,
    },
    {
      ...MOUNTED,
      call: 'mount_setattr',
      operands: [slot('tree'), ITSELF, `AT_EMPTY_PATH${below}`, data(change, ''), change.bytes.length],
      deed: closed,
      after: [copied],
    },
    {
      ...MOUNTED,
      call: 'move_mount',
      operands: [slot('tree'), ITSELF, 'AT_FDCWD', text(at), 'MOVE_MOUNT_F_EMPTY_PATH'],
      deed: there,
      after: [before, closed],
    },
    {
      ...CONFINED,
      call: 'close',
      operands: [slot('tree')],
      deed: 'tree is closed',
      of: at,
      after: [there],
    },
  ];
  const covered = (from: string, path: string): CallEffect => ({
    ...MOUNTED,
    call: 'mount',
    operands: [text(from), text(path), NULL, 'MS_BIND', NULL],
    tolerate: ['ENOENT'],
    deed: 'a part of /proc is covered',
    of: path,
    after: ['cover of directories', 'cover of files'],
  });
  return [
    ...attached({ from: '/proc', at: '/proc', below: '|AT_RECURSIVE' }, [
      'processes are private',
      'host tree is copied',
      'host tree is read-only',
      'processes of the host',
    ]),
    {
      ...CONFINED,
      call: 'statfs',
      operands: [text('/proc'), data(emptyData(STATFS_SIZE), '')],
      finds: [{ operand: 1, offset: STATFS_FLAGS, width: 8, mask: flags, equals: flags }],
      deed: 'processes of the host read',
      after: ['processes of the host'],
    },
    {
      ...MOUNTED,
      call: 'mount',
      operands: [text('tmpfs'), text(FIRST_DIRECTORY), text('tmpfs'), flags, text('size=4k,mode=555')],
      deed: 'cover of directories',
      after: ['processes of the host read'],
    },
    ...attached({ from: '/dev/null', at: FIRST_FILE, below: '' }, [
      'processes of the host read',
      'cover is copied',
      'cover is closed',
      'cover of files',
    ]),
    ...COVERED_DIRECTORIES.map((path) => covered(FIRST_DIRECTORY, path)),
    ...COVERED_FILES.map((path) => covered(FIRST_FILE, path)),
  ];
}
