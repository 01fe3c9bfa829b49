import type { Argument } from '../../builder.ts';
import { constantsOf, equal, NOT_NEGATIVE, slot, text, value } from '../../builder.ts';
import { type Contract, type DirectContract, descriptorsOf, type GatedContract } from '../../contract.ts';
import { firstFree, GATE_DESCRIPTORS, OUTER_DESCRIPTORS } from '../../gate-descriptors.ts';
import type { UnattendedShape } from '../../launch-mode.ts';
import { CONNECTION, LOG } from '../../session.ts';
import type { Slot } from '../../step.ts';
import { closedInOuter, FIRST_FOREIGN_DESCRIPTOR, foreignRanges } from '../../steps/detach.ts';
import { type CallEffect, type EffectsOf, processesOf } from '../call-effect.ts';
import type { DeedName } from '../deeds.ts';

const LAST = value(0xffff_ffff, 'the last');
const STANDARD = [0, 1, 2] as const;
const { events: EVENTS, log: LOG_PIPE, image: IMAGE } = GATE_DESCRIPTORS;
const { orders: ORDERS, output: OUTPUT, error: ERROR, signals: SIGNALS } = OUTER_DESCRIPTORS;

/** A range that is closed after one of these would close it too. */
const OPENED: readonly DeedName[] = [
  'null is open',
  'audit is at hand',
  'socket is made',
  'passed socket is at hand',
  'socket directory is open',
  'lock is open',
  'probe is made',
  'watch of all',
  'watch of children',
  'watch of signals',
  'protection is open',
  'map is open',
  'directory is open',
  'page is open',
  'ruleset',
  'place is open',
];

const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;

/** The caller's descriptors are closed, the gate keeps its own, and the program gets those of the policy. */
export const descriptorEffects: EffectsOf = (contract) => {
  switch (contract.shape) {
    case 'serve':
      return [...supervised(contract), ...left(contract), ...handed(contract)];
    case 'standalone':
    case 'wrap':
      return [
        ...unattended(contract, contract.shape),
        ...parted(contract),
        ...left(contract),
        ...handed(contract),
      ];
    case 'direct':
      return [...piped(contract), ...closed(contract)];
  }
};

function closing(from: number, to: Argument): Pick<CallEffect, 'call' | 'operands' | 'deed' | 'of'> {
  const last = typeof to === 'object' ? to.text : to;
  return {
    call: 'close_range',
    operands: [from, to, 0],
    deed: 'a range is closed',
    of: `${from} to ${String(last)}`,
  };
}

function copying(
  from: Slot,
  to: number,
  deed: DeedName,
): Pick<CallEffect, 'call' | 'operands' | 'expect' | 'deed' | 'of'> {
  return { call: 'dup3', operands: [slot(from), to, 0], expect: equal(to), deed, of: to };
}

const nullOpened: CallEffect = {
  ...PREPARED,
  call: 'openat',
  operands: ['AT_FDCWD', text('/dev/null'), 'O_RDWR|O_CLOEXEC', 0],
  expect: NOT_NEGATIVE,
  store: 'null',
  deed: 'null is open',
};

function nulled(after: readonly DeedName[]): readonly CallEffect[] {
  return STANDARD.map((descriptor) => ({
    ...PREPARED,
    ...copying('null', descriptor, 'standard is null'),
    after,
  }));
}

/** A gate that the supervisor started has its pipes at fixed numbers. */
function supervised({ policy }: Contract): readonly CallEffect[] {
  return [
    ...foreignRanges(FIRST_FOREIGN_DESCRIPTOR, policy).map(
      (range): CallEffect => ({ ...PREPARED, ...closing(...range), before: OPENED }),
    ),
    nullOpened,
    ...nulled([]),
    ...[EVENTS, LOG_PIPE].map(
      (descriptor): CallEffect => ({
        ...PREPARED,
        call: 'fcntl',
        operands: [descriptor, 'F_SETFL', 'O_WRONLY|O_NONBLOCK'],
        deed: 'gate never waits',
        of: descriptor,
      }),
    ),
  ];
}

/** A gate without a supervisor keeps the caller's output and error under other numbers. */
function unattended({ policy }: Contract, shape: UnattendedShape): readonly CallEffect[] {
  const kept =
    shape === 'standalone'
      ? ([
          [1, OUTPUT],
          [2, ERROR],
        ] as const)
      : ([[2, ERROR]] as const);
  const first = Math.min(...kept.map(([, to]) => to));
  const taken = [...Array.from({ length: first - EVENTS }, (_, index) => EVENTS + index), SIGNALS];
  return [
    ...kept.map(
      ([from, to]): CallEffect => ({
        ...PREPARED,
        call: 'dup3',
        operands: [from, to, 'O_CLOEXEC'],
        expect: equal(to),
        deed: 'output is kept',
        of: from,
        before: ['a range is closed', 'null is open', 'standard is null'],
      }),
    ),
    ...[closing(EVENTS, first - 1), ...foreignRanges(SIGNALS, policy).map((range) => closing(...range))].map(
      (range): CallEffect => ({ ...PREPARED, ...range, before: OPENED }),
    ),
    nullOpened,
    {
      ...PREPARED,
      call: 'fcntl',
      operands: [slot('null'), 'F_DUPFD_CLOEXEC', firstFree(policy)],
      expect: NOT_NEGATIVE,
      store: 'null',
      deed: 'null is above',
      after: ['null is open'],
    },
    ...taken.map(
      (descriptor): CallEffect => ({
        ...PREPARED,
        call: 'dup3',
        operands: [slot('null'), descriptor, 'O_CLOEXEC'],
        expect: equal(descriptor),
        deed: 'a number is taken',
        of: descriptor,
        after: ['null is above'],
        before: ['socket is made', 'passed socket is at hand', 'watch of all', 'watch of signals'],
      }),
    ),
    ...(shape === 'standalone' ? nulled(['null is above']) : []),
  ];
}

/** After the split each gate closes the descriptors that only the other needs. */
function parted({ shape }: Contract): readonly CallEffect[] {
  const inner: CallEffect = { ...closing(ORDERS, SIGNALS), phase: 'confine', roles: ['inner'] };
  const nulls = STANDARD.map(
    (descriptor): CallEffect => ({
      ...copying('null', descriptor, 'standard is null'),
      phase: 'confine',
      roles: ['outer'],
    }),
  );
  return shape === 'wrap' ? [inner, ...nulls] : [inner];
}

/** Landlock first: its ruleset is one of the descriptors that are closed. */
function afterRuleset({ facts }: Contract): readonly DeedName[] {
  return facts.landlockAbi > 0 ? ['ruleset holds'] : [];
}

function left(contract: GatedContract): readonly CallEffect[] {
  return closedInOuter(contract).map(([from, to]) => ({
    call: 'close_range',
    phase: 'confine',
    roles: ['outer'],
    operands: [from, to, 0],
    deed: 'rest of the gate is closed',
    of: from,
    after: afterRuleset(contract),
  }));
}

/** Each descriptor of the program is the one of the policy, and no other survives the exec. */
function handed(contract: Contract): readonly CallEffect[] {
  return [
    ...served(contract).map(
      ([from, to]): CallEffect => ({
        ...copying(from, to, 'standard is served'),
        phase: 'session',
        roles: ['session'],
        before: ['rest is closed'],
      }),
    ),
    ...closed(contract),
  ];
}

function served({ shape, policy }: Contract): readonly (readonly [Slot, number])[] {
  const error = { log: LOG, socket: CONNECTION, null: undefined }[policy.stderr];
  if (shape === 'wrap') return policy.stderr === 'null' ? [['null', 2]] : [];
  return [
    [CONNECTION, 0],
    [CONNECTION, 1],
    ...(error === undefined ? [] : [[error, 2] as const]),
    ...(policy.listenFds ? [[CONNECTION, 3] as const] : []),
  ];
}

function closed(contract: Contract): readonly CallEffect[] {
  return [
    {
      ...processesOf(contract.shape).program,
      call: 'close_range',
      operands: [Math.max(...descriptorsOf(contract)) + 1, LAST, 0],
      deed: 'rest is closed',
      after: afterRuleset(contract),
    },
  ];
}

/** The supervisor has the pipes of its gates, and the event of its own launch until it starts. */
function piped({ pipes, facts }: DirectContract): readonly CallEffect[] {
  const closes = (descriptor: number): CallEffect => ({
    ...PREPARED,
    call: 'fcntl',
    operands: [descriptor, 'F_SETFD', constantsOf('FD_CLOEXEC', facts.architecture)],
    deed: 'descriptor closes',
    of: descriptor,
  });
  return [
    closes(EVENTS),
    ...(pipes.program === undefined ? [] : [closes(pipes.program)]),
    ...[
      closing(EVENTS + 1, IMAGE - 1),
      closing(IMAGE + 1, pipes.first - 1),
      closing(pipes.last + 1, LAST),
    ].map((range): CallEffect => ({ ...PREPARED, ...range, before: OPENED })),
  ];
}
