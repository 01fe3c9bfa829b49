import type { Span } from '../../policy/diagnostic.ts';
import { interfaceOf } from '../../policy/interface-name.ts';
import type { PortAddress } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, slot } from '../builder.ts';
import { bytesData, type Data, emptyData, structData } from '../data.ts';
import type { Slot } from '../step.ts';

/** The size of an option that is a number. */
const NUMBER: Data = structData([[4, 4]]);

interface Setting {
  readonly level: string;
  readonly name: string;
  readonly value: Data;
  readonly text: string;
  readonly why: string;
  /** The number that the kernel keeps, where it may keep another one without an error. */
  readonly kept?: number;
}

function numeric(level: string, name: string, number: number, why: string): Setting {
  return { level, name, value: structData([[4, number]]), text: String(number), why };
}

/**
 * The kernel keeps the scope of an address where it keeps the interface of SO_BINDTODEVICE, and takes it from there when the
 * socket is bound: inet6_bind of net/ipv6/af_inet6.c. A name is looked up at the launch, when its number is known.
 */
function boundTo(name: string | undefined): readonly Setting[] {
  if (name === undefined) return [];
  return [
    {
      level: 'SOL_SOCKET',
      name: 'SO_BINDTODEVICE',
      value: bytesData(new TextEncoder().encode(`${name}\0`)),
      text: name,
      why: 'peers of this interface alone',
    },
  ];
}

/** Sources: socket(7) and tcp(7). Connections that are accepted have the options of their listener. */
function settingsOf(address: PortAddress): readonly Setting[] {
  const { keepalive, nodelay, deferAcceptS, receiveBuffer, sendBuffer } = address.options ?? {};
  const tcp = (name: string, number: number | undefined, why: string): readonly Setting[] =>
    number === undefined ? [] : [numeric('IPPROTO_TCP', name, number, why)];
  // The kernel doubles the size for its own records, and lowers it to net.core.rmem_max or wmem_max.
  const buffer = (name: string, size: number | undefined, why: string): readonly Setting[] =>
    size === undefined ? [] : [{ ...numeric('SOL_SOCKET', name, size, why), kept: 2 * size }];
  return [
    ...boundTo(interfaceOf(address)),
    ...buffer('SO_RCVBUF', receiveBuffer, 'what peers send waits in so much memory'),
    ...buffer('SO_SNDBUF', sendBuffer, 'what is sent waits in so much memory'),
    ...(keepalive === undefined
      ? []
      : [numeric('SOL_SOCKET', 'SO_KEEPALIVE', 1, 'a peer that has vanished is found out')]),
    ...tcp('TCP_KEEPIDLE', keepalive?.idleS, 'seconds without a word until it is asked'),
    ...tcp('TCP_KEEPINTVL', keepalive?.intervalS, 'seconds until it is asked again'),
    ...tcp('TCP_KEEPCNT', keepalive?.count, 'questions without an answer'),
    ...tcp('TCP_NODELAY', nodelay === undefined ? undefined : 1, 'small answers are sent at once'),
    ...tcp(
      'TCP_DEFER_ACCEPT',
      deferAcceptS,
      'a connection comes with its first bytes, or after so many seconds',
    ),
  ];
}

/** Sets the options of a listener before it is bound, and reads back those that the kernel may have changed. */
export function setPortOptions(
  builder: PlanBuilder,
  listener: Slot,
  { address, source }: { readonly address: PortAddress; readonly source: Span | undefined },
): void {
  const fd = slot(listener);
  for (const { level, name, value, text, why, kept } of settingsOf(address)) {
    builder.call('setsockopt', [fd, level, name, data(value, text), value.bytes.length], { why, source });
    if (kept === undefined) continue;
    const found = emptyData(4);
    builder.call('getsockopt', [fd, level, name, data(found, 'size'), data(NUMBER, '4')], {
      why: 'read back: the double of what was asked',
      source,
      checks: [{ data: found, offset: 0, width: 4, mask: 0xffff_ffffn, equals: BigInt(kept) }],
    });
  }
}
