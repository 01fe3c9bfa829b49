import { ALL_SIGNALS, LAST_SIGNAL } from '../../../kernel/signals.ts';
import { constantsOf, data, equal, NOT_NEGATIVE, slot, value } from '../../builder.ts';
import type { Contract } from '../../contract.ts';
import { structData } from '../../data.ts';
import { OUTER_DESCRIPTORS } from '../../gate-descriptors.ts';
import { isUnattended } from '../../launch-mode.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';
import { socketPrivilege } from './sockets.ts';

const NULL = value(0, 'NULL');
const { signals: SIGNALS } = OUTER_DESCRIPTORS;
/** Size of a set of signals. */
const SET = 8;
const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;

function masking(signals: bigint): Pick<CallEffect, 'call' | 'operands'> {
  return {
    call: 'rt_sigprocmask',
    operands: ['SIG_SETMASK', data(structData([[8, signals]]), ''), NULL, SET],
  };
}

function watching(signals: bigint, flags: string): CallEffect['operands'] {
  return [value(-1, '-1'), data(structData([[8, signals]]), ''), SET, flags];
}

/** Handlers and masks: the caller's are gone, a gate hears none but as descriptors, the program starts with none blocked. */
export const signalEffects: EffectsOf = (contract) => {
  const { shape } = contract;
  const reset = resetSignals(contract);
  if (shape === 'direct') return [...reset, { ...PREPARED, ...masking(0n), deed: 'signals are open' }];
  return [
    ...reset,
    { ...PREPARED, ...masking(ALL_SIGNALS), deed: 'signals are blocked' },
    { ...masking(0n), phase: 'session', roles: ['session'], deed: 'signals are open' },
    {
      ...PREPARED,
      call: 'epoll_create1',
      operands: ['EPOLL_CLOEXEC'],
      expect: NOT_NEGATIVE,
      store: 'epoll',
      within: socketPrivilege(contract),
      deed: 'watch of all',
    },
    {
      ...PREPARED,
      call: 'signalfd4',
      operands: watching(signal('SIGCHLD', contract), 'SFD_CLOEXEC|SFD_NONBLOCK'),
      expect: NOT_NEGATIVE,
      store: 'child',
      within: socketPrivilege(contract),
      deed: 'watch of children',
    },
    ...(isUnattended(shape) ? hearing(contract) : []),
  ];
};

/** The bit of a signal in a set. */
function signal(name: string, { facts }: Contract): bigint {
  return 1n << (constantsOf(name, facts.architecture) - 1n);
}

function resetSignals({ shape, facts }: Contract): readonly CallEffect[] {
  const fixed = ['SIGKILL', 'SIGSTOP', ...(shape === 'wrap' ? ['SIGHUP'] : [])].map((name) =>
    Number(constantsOf(name, facts.architecture)),
  );
  const fresh = structData([
    [8, 0],
    [8, 0],
    [8, 0],
    [8, 0],
  ]);
  return Array.from({ length: LAST_SIGNAL }, (_, index) => index + 1)
    .filter((number) => !fixed.includes(number))
    .map((number) => ({
      ...PREPARED,
      call: 'rt_sigaction',
      operands: [number, data(fresh, 'SIG_DFL'), NULL, SET],
      deed: 'signal is reset',
      of: number,
    }));
}

/** A gate without a supervisor takes its orders by signals. */
function hearing(contract: Contract): readonly CallEffect[] {
  const orders = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGCHLD'].reduce(
    (set, name) => set | signal(name, contract),
    0n,
  );
  return [
    {
      ...PREPARED,
      call: 'signalfd4',
      operands: watching(contract.shape === 'wrap' ? ALL_SIGNALS : orders, 'SFD_CLOEXEC'),
      expect: NOT_NEGATIVE,
      store: 'signals',
      deed: 'watch of signals',
    },
    {
      ...PREPARED,
      call: 'dup3',
      operands: [slot('signals'), SIGNALS, 'O_CLOEXEC'],
      expect: equal(SIGNALS),
      deed: 'signals at their number',
      of: SIGNALS,
      after: ['a number is taken'],
    },
  ];
}
