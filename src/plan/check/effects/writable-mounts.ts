import { constantsOf, data, NOT_NEGATIVE, slot, text } from '../../builder.ts';
import { emptyData, structData } from '../../data.ts';
import { MOUNT_NEED } from '../../steps/writable.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';
import { type WrittenDirectory, writtenDirectories } from '../written-directories.ts';

const ITSELF = text('');
/** `struct statfs`, and where it has the flags of the mount. Source: include/uapi/asm-generic/statfs.h. */
const STATFS_SIZE = 120;
const STATFS_FLAGS = 80;

/**
 * A directory that the service may write to, mounted over itself from a descriptor so that nothing in it is run unless
 * the policy allows it: in the mount namespace of the service, inside its root, and never once the gates are apart.
 */
export const writableMountEffects: EffectsOf = (contract) => {
  const { shape, facts, policy } = contract;
  if (shape === 'direct') return [];
  const bits = (names: string): bigint => constantsOf(names, facts.architecture);
  return writtenDirectories(contract).flatMap((written) => mounted(written, policy.root !== undefined, bits));
};

function mounted(
  { path, mayRun }: WrittenDirectory,
  isRooted: boolean,
  bits: (names: string) => bigint,
): readonly CallEffect[] {
  const names = mayRun ? ['NOSUID', 'NODEV'] : ['NOEXEC', 'NOSUID', 'NODEV'];
  const named = (prefix: string): bigint => bits(names.map((name) => `${prefix}_${name}`).join('|'));
  const open = structData([
    [8, bits('O_PATH|O_DIRECTORY|O_CLOEXEC')],
    [8, 0],
    [8, bits('RESOLVE_NO_SYMLINKS|RESOLVE_NO_MAGICLINKS')],
  ]);
  const attributes = structData([
    [8, named('MOUNT_ATTR')],
    [8, 0],
    [8, bits('MS_PRIVATE')],
    [8, 0],
  ]);
  const flags = named('MS');
  const where = { phase: 'prepare', roles: ['outer'], of: path } as const;
  const mounting = { ...where, needs: MOUNT_NEED } as const;
  return [
    {
      ...where,
      call: 'openat2',
      operands: ['AT_FDCWD', text(path), data(open, ''), open.bytes.length],
      expect: NOT_NEGATIVE,
      store: 'directory',
      deed: 'directory is open',
      after: isRooted ? ['mounts are private', 'inside the root'] : ['mounts are private'],
    },
    {
      ...mounting,
      call: 'open_tree',
      operands: [slot('directory'), ITSELF, 'AT_EMPTY_PATH|OPEN_TREE_CLONE|AT_RECURSIVE|OPEN_TREE_CLOEXEC'],
      expect: NOT_NEGATIVE,
      store: 'tree',
      deed: 'tree is copied',
    },
    {
      ...mounting,
      call: 'mount_setattr',
      operands: [
        slot('tree'),
        ITSELF,
        'AT_EMPTY_PATH|AT_RECURSIVE',
        data(attributes, ''),
        attributes.bytes.length,
      ],
      deed: 'tree runs nothing',
      after: ['tree is copied'],
    },
    {
      ...mounting,
      call: 'move_mount',
      operands: [
        slot('tree'),
        ITSELF,
        slot('directory'),
        ITSELF,
        'MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH',
      ],
      deed: 'tree is mounted',
      after: ['tree runs nothing'],
    },
    {
      ...where,
      call: 'statfs',
      operands: [text(path), data(emptyData(STATFS_SIZE), '')],
      finds: [{ operand: 1, offset: STATFS_FLAGS, width: 8, mask: flags, equals: flags }],
      deed: 'tree read',
      after: ['tree is mounted'],
    },
    { ...where, call: 'close', operands: [slot('tree')], deed: 'tree is closed', after: ['tree is mounted'] },
    {
      ...where,
      call: 'close',
      operands: [slot('directory')],
      deed: 'directory is closed',
      after: ['tree is mounted'],
    },
  ];
}
