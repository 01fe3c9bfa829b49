import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { equal, NOT_NEGATIVE, slot } from '../builder.ts';
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
  builder.call('dup3', [slot('times'), TIMES_DESCRIPTOR, 'O_CLOEXEC'], common);
  builder.call('close', [slot('times')], { why: 'it has its number', source });
}
