import { constantsOf, data, NOT_NEGATIVE, slot, text, value } from '../../builder.ts';
import type { Contract } from '../../contract.ts';
import { emptyData } from '../../data.ts';
import { MOUNT_NEED } from '../../steps/writable.ts';
import type { CallEffect, EffectsOf, Found } from '../call-effect.ts';

/** `struct statfs`, and where it has the type and the flags of the mount. Source: include/uapi/asm-generic/statfs.h. */
const STATFS_SIZE = 120;
const STATFS_FLAGS = 80;
/** DEVPTS_SUPER_MAGIC; include/uapi/linux/magic.h. */
const DEVPTS = 0x1cd1n;
const NULL = value(0, 'NULL');
const FLAGS = 'MS_NOSUID|MS_NOEXEC';
const MAKER_FLAGS = `${FLAGS}|MS_RDONLY`;
const MAKER = text('/dev/pts/ptmx');
const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;

/** The terminals are mounted in the root of the service, in its mount namespace, and only where the policy says so. */
export const terminalEffects: EffectsOf = (contract) => {
  const { shape, policy } = contract;
  if (shape === 'direct' || !policy.terminals) return [];
  const mounting = { ...PREPARED, call: 'mount', needs: MOUNT_NEED } as const;
  return [
    {
      ...mounting,
      operands: [
        text('devpts'),
        text('/dev/pts'),
        text('devpts'),
        FLAGS,
        text('newinstance,mode=0600,ptmxmode=0666,max=1024'),
      ],
      deed: 'terminals are its own',
      after: policy.root === undefined ? ['mounts are private'] : ['mounts are private', 'inside the root'],
    },
    { ...reading(contract, '/dev/pts', FLAGS), deed: 'terminals read', after: ['terminals are its own'] },
    {
      ...mounting,
      operands: [MAKER, MAKER, NULL, 'MS_BIND', NULL],
      deed: 'maker is a mount',
      after: ['terminals are its own'],
    },
    {
      ...mounting,
      operands: [NULL, MAKER, NULL, `MS_REMOUNT|MS_BIND|${MAKER_FLAGS}`, NULL],
      deed: 'maker is to read',
      after: ['maker is a mount'],
    },
    {
      ...mounting,
      operands: [MAKER, text('/dev/ptmx'), NULL, 'MS_BIND', NULL],
      deed: 'maker of terminals',
      after: ['maker is to read'],
    },
    {
      ...reading(contract, '/dev/pts/ptmx', MAKER_FLAGS),
      deed: 'maker is read',
      after: ['maker of terminals'],
    },
    { ...reading(contract, '/dev/ptmx', MAKER_FLAGS), deed: 'maker read', after: ['maker of terminals'] },
  ];
};

function reading({ facts }: Contract, path: string, mounted: string): Omit<CallEffect, 'deed'> {
  const flags = constantsOf(mounted, facts.architecture);
  const finds: readonly Found[] = [
    { operand: 1, offset: 0, width: 8, mask: 0xffff_ffffn, equals: DEVPTS },
    { operand: 1, offset: STATFS_FLAGS, width: 8, mask: flags, equals: flags },
  ];
  return { ...PREPARED, call: 'statfs', operands: [text(path), data(emptyData(STATFS_SIZE), '')], finds };
}

/** A place of terminals in the ruleset of the service: what is opened is looked up when the mounts are made. */
export function terminalPlaces({ policy }: Contract): readonly TerminalPlace[] {
  if (!policy.terminals) return [];
  return [
    { path: '/dev/pts', store: 'terminals', mayLack: false },
    { path: '/dev/ptmx', store: 'terminal-maker', mayLack: false },
    { path: '/dev/tty', store: 'own-terminal', mayLack: policy.root !== undefined },
  ];
}

export interface TerminalPlace {
  readonly path: string;
  readonly store: string;
  /** A root may be without it. */
  readonly mayLack: boolean;
}

/** The steps around the rule for a place: it is opened before, and closed behind it. */
export function openedTerminal({ path, store, mayLack }: TerminalPlace): readonly [CallEffect, CallEffect] {
  const where = { ...PREPARED, of: path } as const;
  return [
    {
      ...where,
      call: 'openat',
      operands: ['AT_FDCWD', text(path), 'O_PATH|O_CLOEXEC', 0],
      expect: NOT_NEGATIVE,
      tolerate: mayLack ? ['ENOENT'] : [],
      store,
      deed: 'place is open',
      after: ['maker of terminals'],
    },
    {
      ...where,
      call: 'close',
      operands: [slot(store)],
      tolerate: mayLack ? ['EBADF'] : [],
      deed: 'place is closed',
      after: ['place is allowed'],
    },
  ];
}
