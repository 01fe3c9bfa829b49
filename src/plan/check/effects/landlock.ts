import { constantBits } from '../../../kernel/constants.ts';
import { data, NOT_NEGATIVE, slot, text } from '../../builder.ts';
import type { Contract } from '../../contract.ts';
import { type Field, structData } from '../../data.ts';
import type { Slot } from '../../step.ts';
import { type CallEffect, type EffectsOf, processesOf } from '../call-effect.ts';
import { NULL_DEVICE, writtenDirectories } from '../written-directories.ts';
import { openedTerminal, type TerminalPlace, terminalPlaces } from './terminals.ts';

/** Rights over files by which something is written, and the version that has each. Source: landlock(7). */
const WRITING: readonly (readonly [right: string, abi: number])[] = [
  ['WRITE_FILE', 1],
  ['REMOVE_DIR', 1],
  ['REMOVE_FILE', 1],
  ['MAKE_CHAR', 1],
  ['MAKE_DIR', 1],
  ['MAKE_REG', 1],
  ['MAKE_SOCK', 1],
  ['MAKE_FIFO', 1],
  ['MAKE_BLOCK', 1],
  ['MAKE_SYM', 1],
  ['REFER', 2],
  ['TRUNCATE', 3],
  ['IOCTL_DEV', 5],
];
/** No directory has devices. */
const DEVICES: readonly string[] = ['MAKE_CHAR', 'MAKE_BLOCK', 'IOCTL_DEV'];
/** The rights over files alone. */
const FILE: readonly string[] = ['WRITE_FILE', 'TRUNCATE'];
const TERMINAL: readonly string[] = ['WRITE_FILE', 'IOCTL_DEV'];
const BIND_AND_CONNECT = constantBits('LANDLOCK_ACCESS_NET_BIND_TCP|LANDLOCK_ACCESS_NET_CONNECT_TCP');
const SOCKETS_AND_SIGNALS = constantBits('LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET|LANDLOCK_SCOPE_SIGNAL');
const PATH_BENEATH = 'LANDLOCK_RULE_PATH_BENEATH';

/** The service writes only to the paths of the policy; each session is its own domain. */
export const landlockEffects: EffectsOf = (contract) => {
  const { policy, facts } = contract;
  if (facts.landlockAbi === 0) return [];
  const fields: Field[] = [[8, handled(contract, () => true)]];
  if (facts.landlockAbi >= 4) fields.push([8, policy.network === 'none' ? BIND_AND_CONNECT : 0n]);
  if (facts.landlockAbi >= 6) fields.push([8, SOCKETS_AND_SIGNALS]);
  const attributes = structData(fields);
  const hasNull = policy.root === undefined || policy.writable.includes(NULL_DEVICE);
  return [
    {
      call: 'landlock_create_ruleset',
      phase: 'prepare',
      roles: ['outer'],
      operands: [data(attributes, ''), attributes.bytes.length, 0],
      expect: NOT_NEGATIVE,
      store: 'ruleset',
      deed: 'ruleset',
      within: [],
    },
    ...(hasNull ? nullDevice(contract) : []),
    ...writtenDirectories(contract).map(({ path }) => below(contract, path)),
    ...terminalPlaces(contract).flatMap((place) => terminal(contract, place)),
    ...inForce(contract),
  ];
};

function handled({ facts }: Contract, of: (right: string) => boolean): bigint {
  return WRITING.filter(([right, abi]) => abi <= facts.landlockAbi && of(right)).reduce(
    (bits, [right]) => bits | constantBits(`LANDLOCK_ACCESS_FS_${right}`),
    0n,
  );
}

/** The rule for a directory, which is the mount that was made over it. */
function below(contract: Contract, path: string): CallEffect {
  return {
    ...allowing(
      'tree',
      handled(contract, (right) => !DEVICES.includes(right)),
    ),
    of: path,
    after: ['tree is mounted'],
  };
}

/** Terminals are written to and set, and nothing is made among them. */
function terminal(contract: Contract, place: TerminalPlace): readonly CallEffect[] {
  const [opened, closed] = openedTerminal(place);
  const rule: CallEffect = {
    ...allowing(
      place.store,
      handled(contract, (right) => TERMINAL.includes(right)),
    ),
    of: place.path,
    tolerate: place.mayLack ? ['EBADF'] : [],
  };
  return [opened, rule, closed];
}

/** The device is looked up in the root of the service. */
function nullDevice(contract: Contract): readonly CallEffect[] {
  const where = { phase: 'prepare', roles: ['outer'], of: NULL_DEVICE } as const;
  return [
    {
      ...where,
      call: 'openat',
      operands: ['AT_FDCWD', text(NULL_DEVICE), 'O_PATH|O_CLOEXEC', 0],
      expect: NOT_NEGATIVE,
      store: 'null-device',
      deed: 'place is open',
      after: contract.policy.root === undefined ? [] : ['inside the root'],
    },
    {
      ...allowing(
        'null-device',
        handled(contract, (right) => FILE.includes(right)),
      ),
      of: NULL_DEVICE,
    },
    {
      ...where,
      call: 'close',
      operands: [slot('null-device')],
      deed: 'place is closed',
      after: ['place is allowed'],
    },
  ];
}

function allowing(opened: Slot, access: bigint): CallEffect {
  // struct landlock_path_beneath_attr is packed: the descriptor follows the rights at once.
  const beneath = structData(
    [
      [8, access],
      [4, 0],
      [4, 0],
    ],
    [{ offset: 8, width: 4, source: { kind: 'slot', slot: opened } }],
  );
  return {
    phase: 'prepare',
    roles: ['outer'],
    call: 'landlock_add_rule',
    operands: [slot('ruleset'), PATH_BENEATH, data(beneath, ''), 0],
    deed: 'place is allowed',
  };
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
