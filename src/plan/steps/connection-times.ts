import { constantNumber } from '../../kernel/constants.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, equal, NOT_NEGATIVE, slot } from '../builder.ts';
import { type Data, emptyData, structData } from '../data.ts';
import { TIMES_DESCRIPTOR } from '../gate-descriptors.ts';
import type { GatedShape } from '../launch-mode.ts';

/** Returns whether the gate asks the kernel about connections that only a session holds. */
export function asksForTimes(
  { handoff, limits }: Pick<Policy, 'handoff' | 'limits'>,
  shape: GatedShape,
): boolean {
  const isLimited = limits.firstByteMs !== undefined || limits.idleMs !== undefined;
  return isLimited && handoff === 'connection' && shape !== 'wrap';
}

/** `struct nlmsghdr` with a number behind it, which is the errno of the answer. */
export const ANSWER = { size: 20, kind: 4, errno: 16 } as const;

/**
 * Asks for the TCP connections in no state, of which there are none: the answer is its own end. A kernel that cannot tell of
 * connections answers with an error, and later with the same one as for a connection that has ended. Source: sock_diag(7).
 */
export function questionAboutNone(): Data {
  return structData([
    [4, 72],
    [2, constantNumber('SOCK_DIAG_BY_FAMILY')],
    [2, constantNumber('NLM_F_REQUEST') | constantNumber('NLM_F_DUMP')],
    [8, 0],
    [1, constantNumber('AF_INET6')],
    [1, constantNumber('IPPROTO_TCP')],
    [2, 0],
    [4, 0],
    ...Array.from({ length: 6 }, () => [8, 0] as const),
  ]);
}

/** Opens, in the network of the host, the socket by which the gate asks about connections. It takes no privilege. */
export function openTimes(builder: PlanBuilder, policy: Policy): void {
  const source = policy.spans.get('limits.first-byte') ?? policy.spans.get('limits.idle');
  const common = { why: 'a number that a filter can name', source, expect: equal(TIMES_DESCRIPTOR) };
  builder.call('dup3', [slot('null'), TIMES_DESCRIPTOR, 'O_CLOEXEC'], common);
  builder.call('socket', ['AF_NETLINK', 'SOCK_RAW|SOCK_CLOEXEC|SOCK_NONBLOCK', 'NETLINK_SOCK_DIAG'], {
    why: 'the kernel tells when data of a connection came and went',
    source,
    expect: NOT_NEGATIVE,
    store: 'times',
  });
  const question = questionAboutNone();
  const { length } = question.bytes;
  builder.call('sendto', [slot('times'), data(question, 'all in no state'), length, 0, 0, 0], {
    why: 'a kernel that cannot tell is known before anybody counts on it',
    source,
    expect: equal(length),
  });
  const answer = emptyData(ANSWER.size);
  builder.call('recvfrom', [slot('times'), data(answer, 'the end'), ANSWER.size, 0, 0, 0], {
    why: 'it tells of TCP connections',
    source,
    expect: equal(ANSWER.size),
    checks: [
      { data: answer, offset: ANSWER.kind, width: 4, mask: 0xffffn, equals: builder.constant('NLMSG_DONE') },
      { data: answer, offset: ANSWER.errno, width: 4, mask: 0xffff_ffffn, equals: 0n },
    ],
  });
  builder.call('dup3', [slot('times'), TIMES_DESCRIPTOR, 'O_CLOEXEC'], common);
  builder.call('close', [slot('times')], { why: 'it has its number', source });
}
