import { data, NOT_NEGATIVE, slot, text } from '../../builder.ts';
import type { Contract } from '../../contract.ts';
import { type Field, structData } from '../../data.ts';
import { type CallEffect, type EffectsOf, processesOf } from '../call-effect.ts';

/** Rights over files, by number: everything that writes, and the ABI that has it. Source: include/uapi/linux/landlock.h. */
const WRITING: readonly (readonly [right: number, abi: number])[] = [
  [1, 1], // WRITE_FILE
  [4, 1], // REMOVE_DIR
  [5, 1], // REMOVE_FILE
  [6, 1], // MAKE_CHAR
  [7, 1], // MAKE_DIR
  [8, 1], // MAKE_REG
  [9, 1], // MAKE_SOCK
  [10, 1], // MAKE_FIFO
  [11, 1], // MAKE_BLOCK
  [12, 1], // MAKE_SYM
  [13, 2], // REFER
  [14, 3], // TRUNCATE
  [15, 5], // IOCTL_DEV
];
/** MAKE_CHAR, MAKE_BLOCK and IOCTL_DEV: no directory has devices. */
const DEVICES: readonly number[] = [6, 11, 15];
/** WRITE_FILE and TRUNCATE: what is done to a file and not to a directory. */
const FILE: readonly number[] = [1, 14];
const BIND_AND_CONNECT = 3n;
const SOCKETS_AND_SIGNALS = 3n;
const PATH_BENEATH = 1;
const NULL_DEVICE = '/dev/null';

/** The service writes where the policy says; each session is a domain of its own. */
export const landlockEffects: EffectsOf = (contract) => {
  const { policy, facts } = contract;
  if (facts.landlockAbi === 0) return [];
  const fields: Field[] = [[8, handled(contract, () => true)]];
  if (facts.landlockAbi >= 4) fields.push([8, policy.network === 'none' ? BIND_AND_CONNECT : 0n]);
  if (facts.landlockAbi >= 6) fields.push([8, SOCKETS_AND_SIGNALS]);
  const attributes = structData(fields);
  const isNamed = policy.root !== undefined || policy.writable.includes(NULL_DEVICE);
  const paths = isNamed ? policy.writable : [...policy.writable, NULL_DEVICE];
  return [
    {
      call: 'landlock_create_ruleset',
      phase: 'prepare',
      roles: ['outer'],
      operands: [data(attributes, ''), attributes.bytes.length, 0],
      expect: NOT_NEGATIVE,
      store: 'ruleset',
      deed: 'ruleset',
    },
    ...paths.flatMap((path) => placed(contract, path)),
    ...inForce(contract),
  ];
};

function handled({ facts }: Contract, of: (right: number) => boolean): bigint {
  return WRITING.filter(([right, abi]) => abi <= facts.landlockAbi && of(right)).reduce(
    (bits, [right]) => bits | (1n << BigInt(right)),
    0n,
  );
}

/** The path is looked up in the root of the service. */
function placed(contract: Contract, path: string): readonly CallEffect[] {
  const isNull = path === NULL_DEVICE;
  const allowed = handled(contract, (right) => (isNull ? FILE.includes(right) : !DEVICES.includes(right)));
  const where = { phase: 'prepare', roles: ['outer'], of: path } as const;
  // struct landlock_path_beneath_attr is packed: the descriptor follows the rights at once.
  const beneath = structData(
    [
      [8, allowed],
      [4, 0],
      [4, 0],
    ],
    [{ offset: 8, width: 4, source: { kind: 'slot', slot: 'writable' } }],
  );
  return [
    {
      ...where,
      call: 'openat',
      operands: ['AT_FDCWD', text(path), isNull ? 'O_PATH|O_CLOEXEC' : 'O_PATH|O_DIRECTORY|O_CLOEXEC', 0],
      expect: NOT_NEGATIVE,
      store: 'writable',
      deed: 'place is open',
      after: contract.policy.root === undefined ? [] : ['inside the root'],
    },
    {
      ...where,
      call: 'landlock_add_rule',
      operands: [slot('ruleset'), PATH_BENEATH, data(beneath, ''), 0],
      deed: 'place is allowed',
    },
    {
      ...where,
      call: 'close',
      operands: [slot('writable')],
      deed: 'place is closed',
      after: ['place is allowed'],
    },
  ];
}

/** The gate is held to the same as its sessions, and each of them restricts itself once more. */
function inForce({ shape }: Contract): readonly CallEffect[] {
  const { staying, program } = processesOf(shape);
  const restricting = {
    call: 'landlock_restrict_self',
    operands: [slot('ruleset'), 0],
    deed: 'ruleset holds',
    after: ['no new privileges'],
    order: 'no-new-privs-before-filter',
  } as const;
  const gates: CallEffect = { ...restricting, phase: 'confine', roles: staying };
  return program.phase === 'session' ? [gates, { ...restricting, ...program }] : [gates];
}
