import type { Span } from '../../policy/diagnostic.ts';
import type { ListenAddress, Policy, UdpAddress } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, equal, slot } from '../builder.ts';
import { structData } from '../data.ts';
import { PEER_DESCRIPTOR } from '../gate-descriptors.ts';
import type { DatagramTerms, Slot } from '../step.ts';
import { listenerSlot } from './listener.ts';

const ON = structData([[4, 1]]);

/** A second's worth of datagrams may come at once. */
const SECOND_NS = 1e9;

/** The slot of the socket of an address until it has the number that the filter of the gate names. */
export function unnumberedSlot(index: number): Slot {
  return `peers.${index}`;
}

/** The sockets by whose numbers the gate receives and sends datagrams; empty where it passes none on. */
export function peerDescriptors({ handoff, listen }: Pick<Policy, 'handoff' | 'listen'>): readonly number[] {
  return handoff === 'peer' ? listen.map((_, index) => PEER_DESCRIPTOR + index) : [];
}

/** Gives a socket its number: the filter of the gate lets no other one send to a name. */
export function numberPeerSocket(builder: PlanBuilder, index: number, source: Span | undefined): void {
  const number = PEER_DESCRIPTOR + index;
  builder.call('dup3', [slot(unnumberedSlot(index)), number, 'O_CLOEXEC'], {
    why: 'a number that a filter can name',
    source,
    expect: equal(number),
    store: listenerSlot(index),
  });
  builder.call('close', [slot(unnumberedSlot(index))], { why: 'it has its number', source });
}

/** The option by which each datagram comes with the address that was asked. Sources: ip(7) and ipv6(7). */
export const ADDRESS_OPTIONS: Readonly<
  Record<UdpAddress['family'], { readonly level: string; readonly name: string }>
> = {
  inet: { level: 'IPPROTO_IP', name: 'IP_PKTINFO' },
  inet6: { level: 'IPPROTO_IPV6', name: 'IPV6_RECVPKTINFO' },
};

/** Answers come from the address that was asked, which a socket of several addresses does not know by itself. */
export function tellAddresses(
  builder: PlanBuilder,
  { family }: Pick<UdpAddress, 'family'>,
  index: number,
  source: Span | undefined,
): void {
  const { level, name } = ADDRESS_OPTIONS[family];
  builder.call('setsockopt', [slot(listenerSlot(index)), level, name, data(ON, '1'), 4], {
    why: 'each datagram tells which address was asked',
    source,
  });
}

/** The ports of datagrams among these addresses. A service at such a port may answer whatever it is sent. */
export function datagramPorts(listen: readonly ListenAddress[]): readonly number[] {
  return listen.flatMap((address) => (address.kind === 'udp' ? [address.port] : []));
}

/**
 * The terms on which the gate passes datagrams on; `undefined`: it passes none on. `served` are the ports of the other
 * services of the launch.
 */
export function datagramTerms(
  { handoff, listen, limits, amplification }: Pick<Policy, 'handoff' | 'listen' | 'limits' | 'amplification'>,
  served: readonly number[],
): DatagramTerms | undefined {
  if (handoff !== 'peer') return undefined;
  const { intervalNs } = limits.datagrams;
  const ports = new Set([...datagramPorts(listen), ...served]);
  return {
    rate: { intervalNs, burst: Math.max(1, Math.floor(SECOND_NS / intervalNs)) },
    amplification,
    refusedPorts: [...ports].sort((left, right) => left - right),
  };
}
