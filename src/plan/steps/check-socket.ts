import { isDatagram } from '../../policy/datagram.ts';
import type { Span } from '../../policy/diagnostic.ts';
import type { ListenAddress, UnixAddress } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, fails, slot } from '../builder.ts';
import { bytesData, type Data, emptyData, readField, structData } from '../data.ts';
import type { Check, Slot } from '../step.ts';
import { portFamily, socketAddress } from './port-address.ts';

/** An option of a socket, and the number that it must be. */
interface SocketFact {
  readonly level: string;
  readonly option: string;
  readonly wanted: string | number;
  readonly why: string;
}

/** The place of `sin6_scope_id` in `struct sockaddr_in6`. */
const SCOPE_OFFSET = 24;

/** IFNAMSIZ of include/uapi/linux/if.h. */
export const INTERFACE_SIZE = 16;

/** Room for every address: `struct sockaddr_un`, and a zero behind the longest path. */
export const LARGEST_ADDRESS = 112;

/** The facts of the socket of an address. Sources: socket(7), ipv6(7). */
function factsOf(address: ListenAddress): readonly SocketFact[] {
  const fact = (option: string, wanted: string | number, why: string, level = 'SOL_SOCKET'): SocketFact => ({
    level,
    option,
    wanted,
    why,
  });
  const listens = isDatagram(address) ? 0 : 1;
  const common = [
    fact('SO_DOMAIN', domainOf(address), 'the family of the address'),
    fact('SO_TYPE', typeOf(address), 'the type of the address'),
    fact('SO_PROTOCOL', protocolOf(address), 'the protocol of the address'),
    fact('SO_ACCEPTCONN', listens, listens === 1 ? 'it listens' : 'it takes datagrams'),
  ];
  if (address.kind === 'unix') return common;
  const only = fact(
    'IPV6_V6ONLY',
    address.dualStack ? 0 : 1,
    address.dualStack ? 'IPv4 peers are welcome too' : 'IPv6 peers only',
    'IPPROTO_IPV6',
  );
  return [
    ...common,
    ...(address.family === 'inet6' ? [only] : []),
    fact('SO_REUSEPORT', 0, 'no other process takes a part of its peers'),
  ];
}

function domainOf(address: ListenAddress): string {
  return address.kind === 'unix' ? 'AF_UNIX' : portFamily(address);
}

function typeOf(address: ListenAddress): string {
  switch (address.kind) {
    case 'tcp':
      return 'SOCK_STREAM';
    case 'udp':
      return 'SOCK_DGRAM';
    case 'unix':
      return { stream: 'SOCK_STREAM', seqpacket: 'SOCK_SEQPACKET', dgram: 'SOCK_DGRAM' }[address.type];
  }
}

function protocolOf({ kind }: ListenAddress): string | number {
  switch (kind) {
    case 'tcp':
      return 'IPPROTO_TCP';
    case 'udp':
      return 'IPPROTO_UDP';
    case 'unix':
      return 0;
  }
}

/** The address that getsockname(2) answers: that of a port, or a UNIX path whole, as its maker has bound it. */
function boundAddress(builder: PlanBuilder, address: ListenAddress): Data {
  return address.kind === 'unix'
    ? wholeUnixAddress(address, builder.constant('AF_UNIX'))
    : socketAddress(address, builder.constant(portFamily(address)));
}

/** `struct sockaddr_un`, as long as the name: a path ends with a zero, an abstract name begins with one. */
export function wholeUnixAddress({ place }: UnixAddress, family: bigint): Data {
  const name = place.kind === 'path' ? `${place.path}\0` : `\0${place.name}`;
  return bytesData(Uint8Array.from([Number(family), 0, ...new TextEncoder().encode(name)]));
}

/** The number of an interface is known at the launch alone, so its name is read instead. */
export function withoutScope(address: ListenAddress, bound: Uint8Array): Uint8Array {
  return address.kind !== 'unix' && address.scope !== undefined ? bound.subarray(0, SCOPE_OFFSET) : bound;
}

/** An address of a link is one only together with its interface. */
function checkInterface(
  builder: PlanBuilder,
  name: Slot,
  address: ListenAddress,
  source: Span | undefined,
): void {
  if (address.kind === 'unix' || address.scope === undefined) return;
  const wanted = new TextEncoder().encode(`${address.scope}\0`);
  const [found, size] = [emptyData(INTERFACE_SIZE), sizeData(INTERFACE_SIZE)];
  const operands = [slot(name), 'SOL_SOCKET', 'SO_BINDTODEVICE', data(found, address.scope), data(size, '')];
  builder.call('getsockopt', operands, {
    why: 'the interface of the address',
    source,
    checks: [
      ...wordsOf(wanted).map((word) => ({ data: found, ...word })),
      { data: size, offset: 0, width: 4, mask: 0xffff_ffffn, equals: BigInt(wanted.length) },
    ],
  });
}

/** The words of memory that must be these bytes; what lies behind them in the last word is zero. */
export function wordsOf(bytes: Uint8Array): readonly Pick<Check, 'offset' | 'width' | 'mask' | 'equals'>[] {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const words: Pick<Check, 'offset' | 'width' | 'mask' | 'equals'>[] = [];
  for (let offset = 0; offset < padded.length; ) {
    const width = padded.length - offset >= 8 ? 8 : 4;
    const mask = (1n << BigInt(8 * width)) - 1n;
    words.push({ offset, width, mask, equals: readField(bytesData(padded), offset, width) });
    offset += width;
  }
  return words;
}

/**
 * Checks that a socket which somebody else has made is the one that the address asks for: its family, type, protocol,
 * state and name, each in a step of its own. A name is compared as its maker has bound it.
 */
export function checkSocket(
  builder: PlanBuilder,
  name: Slot,
  address: ListenAddress,
  source: Span | undefined,
): void {
  const fd = slot(name);
  for (const { level, option, wanted, why } of factsOf(address)) {
    const found = emptyData(4);
    const equals = typeof wanted === 'number' ? BigInt(wanted) : builder.constant(wanted);
    builder.call('getsockopt', [fd, level, option, data(found, String(wanted)), data(sizeData(4), '4')], {
      why,
      source,
      checks: [{ data: found, offset: 0, width: 4, mask: 0xffff_ffffn, equals }],
    });
  }
  checkInterface(builder, name, address, source);
  const bound = boundAddress(builder, address).bytes;
  const [found, size] = [emptyData(LARGEST_ADDRESS), sizeData(LARGEST_ADDRESS)];
  builder.call('getsockname', [fd, data(found, address.text), data(size, String(bound.length))], {
    why: 'the address itself',
    source,
    checks: [
      ...wordsOf(withoutScope(address, bound)).map((word) => ({ data: found, ...word })),
      { data: size, offset: 0, width: 4, mask: 0xffff_ffffn, equals: BigInt(bound.length) },
    ],
  });
  if (!isDatagram(address)) return;
  const peer = emptyData(LARGEST_ADDRESS);
  builder.call('getpeername', [fd, data(peer, 'nobody'), data(sizeData(LARGEST_ADDRESS), '')], {
    why: 'it hears all peers, and not one alone',
    source,
    expect: fails('ENOTCONN'),
  });
}

/** A length that a call reads and writes. */
export function sizeData(size: number): Data {
  return structData([[4, size]]);
}
