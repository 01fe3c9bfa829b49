import { isDatagram } from '../../policy/datagram.ts';
import { listenerSpan } from '../../policy/listener-span.ts';
import type { ListenAddress, Policy, PolicyHandoff, PortAddress } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, NOT_NEGATIVE, slot, value } from '../builder.ts';
import type { GatedContract } from '../contract.ts';
import { structData } from '../data.ts';
import { type CapabilityNeed, isNeeded, type PortSetting } from '../need.ts';
import { accessSource, FILTER_NEED, filterPeers, holdsFilterNeed } from './access-list.ts';
import type { HeldPrivilege } from './capabilities.ts';
import { takeInherited } from './inherited-sockets.ts';
import { backlogOf, listenerSlot } from './listener.ts';
import { numberPeerSocket, tellAddresses, unnumberedSlot } from './peer-sockets.ts';
import { portFamily, socketAddress } from './port-address.ts';
import { setPortOptions } from './port-options.ts';
import { openUnixSockets } from './unix-sockets.ts';

/** A port below `net.ipv4.ip_unprivileged_port_start`. */
export const PORT_NEED: CapabilityNeed = {
  capability: 'CAP_NET_BIND_SERVICE',
  to: 'all that the sockets need',
  does: 'binds ports that are privileged',
  when: ({ listen }, host) => listen.some((address) => privilegedPort(address, host) !== undefined),
  without: 'refused',
  instead: 'listen on other ports',
  fromHost: true,
};

/** Options of a socket. In an image the same object lies in one place. */
const ON = structData([[4, 1]]);
const OFF = structData([[4, 0]]);

/** The port that takes CAP_NET_BIND_SERVICE; `undefined` where the address takes no privilege. */
export function privilegedPort(
  address: ListenAddress,
  { unprivilegedPortStart }: PortSetting,
): number | undefined {
  const { kind } = address;
  if (address.inherit !== undefined) return undefined;
  switch (kind) {
    case 'tcp':
    case 'udp':
      return address.port < unprivilegedPortStart ? address.port : undefined;
    case 'unix':
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** A service that accepts for itself expects a listener that blocks; the gate's own never may. */
export function socketFlags(handoff: PolicyHandoff): string {
  switch (handoff) {
    case 'connection':
    case 'peer':
      return 'SOCK_CLOEXEC|SOCK_NONBLOCK';
    case 'listener':
      return 'SOCK_CLOEXEC';
  }
}

/** The type and the protocol of the socket of a port. */
const PROTOCOLS: Readonly<Record<PortAddress['kind'], { readonly type: string; readonly protocol: string }>> =
  {
    tcp: { type: 'SOCK_STREAM', protocol: 'IPPROTO_TCP' },
    udp: { type: 'SOCK_DGRAM', protocol: 'IPPROTO_UDP' },
  };

type SocketTerms = Pick<GatedContract, 'policy' | 'admission'>;

/**
 * One socket for each address, bound and listening: those of ports with at most CAP_NET_BIND_SERVICE in the effective
 * set, or before they are bound the capability to filter peers, those of UNIX with at most what their owners need.
 */
export function openSockets(builder: PlanBuilder, contract: GatedContract, held: HeldPrivilege): void {
  const { policy, facts } = contract;
  const source = policy.spans.get('listen');
  const holdPorts = (): void =>
    isNeeded(PORT_NEED, policy, facts) ? held.hold(PORT_NEED, source) : held.lower(PORT_NEED.to, source);
  const ports = [...policy.listen.entries()].flatMap(([index, address]) =>
    address.kind === 'unix' ? [] : [{ index, address }],
  );
  const [passed, made] = [
    ports.filter(({ address }) => address.inherit !== undefined),
    ports.filter(({ address }) => address.inherit === undefined),
  ];
  if (holdsFilterNeed(contract) && ports.length > 0) held.hold(FILTER_NEED, accessSource(policy));
  else holdPorts();
  takeInherited(builder, contract);
  for (const { index } of passed) filterPeers(builder, contract, index, listenerSlot(index));
  for (const { index, address } of made) makePortSocket(builder, contract, address, index);
  holdPorts();
  for (const { index, address } of made) bindPortSocket(builder, policy, address, index);
  if (policy.listen.every(({ kind, inherit }) => kind !== 'unix' || inherit !== undefined)) return;
  held.lower();
  openUnixSockets(builder, contract, held);
}

function makePortSocket(
  builder: PlanBuilder,
  { policy, admission }: SocketTerms,
  address: PortAddress,
  index: number,
): void {
  const source = listenerSpan(policy.spans, index);
  const fd = slot(listenerSlot(index));
  const option = (args: Parameters<PlanBuilder['call']>[1], why: string): void =>
    builder.call('setsockopt', [fd, ...args], { why, source });
  const { type, protocol } = PROTOCOLS[address.kind];
  const isNumbered = policy.handoff === 'peer';
  builder.call('socket', [portFamily(address), `${type}|${socketFlags(policy.handoff)}`, protocol], {
    why: `a socket for ${address.text}`,
    source,
    expect: NOT_NEGATIVE,
    store: isNumbered ? unnumberedSlot(index) : listenerSlot(index),
  });
  if (isNumbered) numberPeerSocket(builder, index, source);
  switch (address.family) {
    case 'inet':
      break;
    case 'inet6': {
      const [only, why] = address.dualStack ? [OFF, 'IPv4 peers are welcome too'] : [ON, 'IPv6 peers only'];
      option(['IPPROTO_IPV6', 'IPV6_V6ONLY', data(only, address.dualStack ? '0' : '1'), 4], why);
      break;
    }
    default:
      address.family satisfies never;
  }
  // With UDP the option would let another process of the same kind take the port.
  if (!isDatagram(address))
    option(['SOL_SOCKET', 'SO_REUSEADDR', data(ON, '1'), 4], 'a restart need not wait for old connections');
  if (isNumbered) tellAddresses(builder, address, index, source);
  setPortOptions(builder, listenerSlot(index), { address, source });
  filterPeers(builder, { policy, admission }, index, listenerSlot(index));
}

function bindPortSocket(builder: PlanBuilder, policy: Policy, address: PortAddress, index: number): void {
  const source = listenerSpan(policy.spans, index);
  const fd = slot(listenerSlot(index));
  const sockaddr = socketAddress(address, builder.constant(portFamily(address)));
  builder.call('bind', [fd, data(sockaddr, address.text), sockaddr.bytes.length], {
    why: 'the port, with CAP_NET_BIND_SERVICE at most',
    source,
  });
  if (isDatagram(address)) return;
  const backlog = backlogOf(address);
  builder.call('listen', [fd, value(backlog, String(backlog))], {
    why: 'connections queue here while the session limit is reached',
    source,
  });
}
