import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, NOT_NEGATIVE, slot } from '../builder.ts';
import { type Data, structData } from '../data.ts';
import type { CapabilityNeed } from '../need.ts';

export const LOOPBACK_NEED: CapabilityNeed = {
  capability: 'CAP_NET_ADMIN',
  to: 'to bring the loopback up',
  does: 'brings the loopback up for a policy with `network: loopback`',
  when: ({ network }) => network === 'loopback',
  without: 'refused',
  instead: 'write policies without `network: loopback`',
};

/** Source: include/uapi/linux/if.h. */
export const IFF_UP = 1;
/** `ifr_flags` of `struct ifreq`, behind a name of IFNAMSIZ bytes; a union makes it 40 bytes long on 64-bit machines. */
export const FLAGS_AT = 16;
const IFREQ_BYTES = 40;

/** `struct ifreq` of the loopback, the first device of every network namespace. */
export function loopbackRequest(flags: number): Data {
  const name = [...new TextEncoder().encode('lo')].map((byte) => [1, byte] as const);
  const padding = Array.from({ length: FLAGS_AT - name.length }, () => [1, 0] as const);
  const rest = Array.from({ length: (IFREQ_BYTES - FLAGS_AT - 4) / 4 }, () => [4, 0] as const);
  return structData([...name, ...padding, [4, flags], ...rest]);
}

/** Brings up the loopback of the service's own network, in which it is the only device: netdevice(7). */
export function bringLoopbackUp(builder: PlanBuilder, policy: Policy): void {
  const source = policy.spans.get('network');
  builder.call('socket', ['AF_UNIX', 'SOCK_DGRAM|SOCK_CLOEXEC', 0], {
    why: 'a way to the devices of the own network',
    source,
    expect: NOT_NEGATIVE,
    store: 'devices',
  });
  builder.call('ioctl', [slot('devices'), 'SIOCSIFFLAGS', data(loopbackRequest(IFF_UP), 'lo up')], {
    why: 'the sessions of the service reach each other on the loopback',
    source,
  });
  const found = loopbackRequest(0);
  builder.call('ioctl', [slot('devices'), 'SIOCGIFFLAGS', data(found, 'lo, what is set')], {
    why: 'read back',
    source,
    checks: [{ data: found, offset: FLAGS_AT, width: 4, mask: BigInt(IFF_UP), equals: BigInt(IFF_UP) }],
  });
  builder.call('close', [slot('devices')], { why: 'the way to the devices is not needed any more', source });
}
