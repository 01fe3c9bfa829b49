import { equal, NOT_NEGATIVE, slot } from '../../builder.ts';
import { TIMES_DESCRIPTOR } from '../../gate-descriptors.ts';
import { asksForTimes } from '../../steps/connection-times.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';
import type { DeedName } from '../deeds.ts';

const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;

/** In the network of the host, and before somebody else's socket gets the number. */
const BEFORE: readonly DeedName[] = ['namespaces', 'user namespace', 'socket is made', 'watch of all'];

/** The gate can ask about connections only where the policy limits them. */
export const connectionTimesEffects: EffectsOf = (contract) => {
  if (contract.shape === 'direct' || !asksForTimes(contract.policy, contract.shape)) return [];
  const numbered = (from: 'null' | 'times'): Pick<CallEffect, 'call' | 'operands' | 'expect'> => ({
    call: 'dup3',
    operands: [slot(from), TIMES_DESCRIPTOR, 'O_CLOEXEC'],
    expect: equal(TIMES_DESCRIPTOR),
  });
  return [
    {
      ...PREPARED,
      ...numbered('null'),
      deed: 'a number is taken',
      of: TIMES_DESCRIPTOR,
      after: ['null is open'],
      before: [...BEFORE, 'times are at hand'],
    },
    {
      ...PREPARED,
      call: 'socket',
      operands: ['AF_NETLINK', 'SOCK_RAW|SOCK_CLOEXEC|SOCK_NONBLOCK', 'NETLINK_SOCK_DIAG'],
      expect: NOT_NEGATIVE,
      store: 'times',
      deed: 'times are at hand',
      before: BEFORE,
    },
    {
      ...PREPARED,
      ...numbered('times'),
      deed: 'times have their number',
      after: ['times are at hand'],
      before: BEFORE,
    },
    {
      ...PREPARED,
      call: 'close',
      operands: [slot('times')],
      deed: 'times have one number',
      after: ['times have their number'],
    },
  ];
};
