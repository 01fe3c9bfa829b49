import { constantNumber } from '../../../kernel/constants.ts';
import { data, equal, NOT_NEGATIVE, slot } from '../../builder.ts';
import { TIMES_DESCRIPTOR } from '../../gate-descriptors.ts';
import { ANSWER, asksForTimes, questionAboutNone } from '../../steps/connection-times.ts';
import { ANY_DATA, type CallEffect, type EffectsOf } from '../call-effect.ts';
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
  const question = questionAboutNone();
  const found = { operand: 1, width: 4 } as const;
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
      call: 'sendto',
      operands: [slot('times'), data(question, ''), question.bytes.length, 0, 0, 0],
      expect: equal(question.bytes.length),
      deed: 'times are asked for',
      after: ['times are at hand'],
    },
    {
      ...PREPARED,
      call: 'recvfrom',
      operands: [slot('times'), ANY_DATA, ANSWER.size, 0, 0, 0],
      expect: equal(ANSWER.size),
      finds: [
        { ...found, offset: ANSWER.kind, mask: 0xffffn, equals: BigInt(constantNumber('NLMSG_DONE')) },
        { ...found, offset: ANSWER.errno, mask: 0xffff_ffffn, equals: 0n },
      ],
      deed: 'times are told',
      after: ['times are asked for'],
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
      after: ['times have their number', 'times are told'],
    },
  ];
};
