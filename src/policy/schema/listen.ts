import { isIPv4, isIPv6 } from 'node:net';
import type * as z from 'zod';
import { interfaceOf } from '../interface-name.ts';
import { type IpFamily, isMulticast, readIpAddress } from '../ip-address.ts';
import { nearest } from '../nearest.ts';
import type { ListenAddress, PortAddress } from '../policy.ts';
import { itemOf, LISTENER_SHAPE, type ListenItem } from './listen-item.ts';
import { readPortOptions } from './listen-port-options.ts';
import { deviceProblem, scopedAddress, scopeProblem } from './listen-scope.ts';
import { isUnix, readUnixAddress, UNIX_PATTERN, unixOverlap } from './listen-unix.ts';
import { converted, type Refusal, type Refuse } from './refusal.ts';

const CODE = 'listen-address';
const FORM =
  'write tcp://ADDRESS:PORT, as tcp://[::]:79 or tcp://127.0.0.1:7, udp://ADDRESS:PORT, or unix:/PATH';

function readListen(value: unknown, refuse: Refuse): readonly ListenAddress[] | undefined {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0)
    return refuse({ code: CODE, message: 'the list of addresses is empty', help: FORM });
  const addresses: ListenAddress[] = [];
  for (const [index, item] of items.entries()) {
    const path = Array.isArray(value) ? [index] : [];
    const read = readItem(item);
    if ('code' in read) {
      refuse({ ...read, path: [...path, ...(read.path ?? [])] });
      continue;
    }
    const other = addresses.find((earlier) => overlap(earlier, read));
    if (other !== undefined) refuse({ ...overlapping(other, read), path });
    const twin = addresses.find(({ inherit }) => inherit !== undefined && inherit === read.inherit);
    if (twin !== undefined) refuse({ ...inheritedTwice(twin, read), path: [...path, 'inherit'] });
    addresses.push(read);
  }
  return addresses;
}

/** Reads an address, or a mapping of an address and its options. */
function readItem(value: unknown): ListenAddress | Refusal {
  const item = itemOf(value, FORM);
  if ('code' in item) return item;
  if (isUnix(item.address)) return readUnixAddress(item);
  const address = readAddress(item.address);
  if ('code' in address) return address;
  const group = groupProblem(address);
  if (group !== undefined) return group;
  if (item.inherit !== undefined) return inherited(address, item, item.inherit);
  const options = readPortOptions(item, address.kind);
  if (options === undefined || 'code' in options) return options ?? address;
  return deviceProblem(address, options) ?? { ...address, options };
}

/** The kernel opens no connection to a group. Sources: inet6_bind of net/ipv6/af_inet6.c, tcp_v4_conn_request. */
function groupProblem({ kind, address }: PortAddress): Refusal | undefined {
  const read = readIpAddress(address);
  if (kind !== 'tcp' || read === undefined || !isMulticast(read)) return undefined;
  const message = `'${address}' is the address of a group, which has no connections`;
  return { code: CODE, message, help: 'write an address of this host, or udp for datagrams of the group' };
}

/** A port that is passed has no options: what is left of them is another kind's. */
function inherited(address: PortAddress, item: ListenItem, inherit: string): PortAddress | Refusal {
  const options = readPortOptions(item, address.kind);
  return options !== undefined && 'code' in options ? options : { ...address, inherit };
}

function inheritedTwice(left: ListenAddress, { inherit = '' }: ListenAddress): Refusal {
  const message = `'${inherit}' is also the name of '${left.text}', and a name is of one socket`;
  const help = 'give each socket its own FileDescriptorName=, in a socket unit of its own';
  return { code: 'inherit-twice', message, help };
}

function overlapping(left: ListenAddress, right: ListenAddress): Refusal {
  const what = left.kind !== 'unix' ? 'port of the same address' : 'socket';
  const message = `'${right.text}' takes the same ${what} as '${left.text}'`;
  return { code: 'listen-overlap', message, help: overlapHelp(left, right) };
}

/** The schemes of ports: their protocol, and the address where none is written. */
const SCHEMES = {
  tcp: { kind: 'tcp', takes: 'both', every: '[::]' },
  tcp4: { kind: 'tcp', takes: 'inet', every: '0.0.0.0' },
  tcp6: { kind: 'tcp', takes: 'inet6', every: '[::]' },
  udp: { kind: 'udp', takes: 'both', every: '[::]' },
  udp4: { kind: 'udp', takes: 'inet', every: '0.0.0.0' },
  udp6: { kind: 'udp', takes: 'inet6', every: '[::]' },
} as const;

type Scheme = keyof typeof SCHEMES;

function isScheme(text: string | undefined): text is Scheme {
  return text !== undefined && Object.hasOwn(SCHEMES, text);
}

/**
 * Reads `tcp://[::]:79`; the address has to be numeric, so that starting a service asks no name server. Without one, as in
 * `tcp://:79`, it is every address of the scheme.
 */
function readAddress(text: string): PortAddress | Refusal {
  const scheme = /^([a-z0-9]*):\/\//i.exec(text)?.[1];
  if (!isScheme(scheme)) return wrongScheme(text, scheme);
  const { kind, takes, every } = SCHEMES[scheme];
  const rest = text.slice(scheme.length + 3);
  const colon = rest.lastIndexOf(':');
  const bracket = rest.lastIndexOf(']');
  if (colon === -1 || colon < bracket) return { code: CODE, message: `'${text}' has no port`, help: FORM };
  const port = rest.slice(colon + 1);
  if (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65535) {
    return { code: CODE, message: `expected a port from 1 to 65535, found '${port}'`, help: FORM };
  }
  const host = rest.slice(0, colon) || every;
  const address = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (isIPv6(host)) {
    return {
      code: CODE,
      message: 'an IPv6 address stands in brackets',
      help: `write ${scheme}://[${host}]:${port}`,
    };
  }
  if (isIPv4(host) && takes !== 'inet6') {
    return { kind, text, family: 'inet', address: host, port: Number(port), dualStack: false };
  }
  if (host !== address && isIPv6(scopedAddress(address).address) && takes !== 'inet') {
    return ipv6Address(text, scheme, address, Number(port));
  }
  return wrongHost(scheme, host, port);
}

function ipv6Address(text: string, scheme: Scheme, written: string, port: number): PortAddress | Refusal {
  const { kind, takes } = SCHEMES[scheme];
  const { address: numeric, scope } = scopedAddress(written);
  const address = new URL(`tcp://[${numeric}]`).hostname.slice(1, -1);
  if (address.startsWith('::ffff:')) {
    return {
      code: CODE,
      message: 'this is an IPv4 address written as IPv6',
      help: `write it as ${kind}4://1.2.3.4:79`,
    };
  }
  const problem = scopeProblem({ scheme, address, port }, scope);
  if (problem !== undefined) return problem;
  const dualStack = takes === 'both' && address === '::';
  const read = { kind, text, family: 'inet6', address, port, dualStack } as const;
  return scope === undefined ? read : { ...read, scope };
}

function wrongScheme(text: string, scheme: string | undefined): Refusal {
  if (scheme === undefined)
    return { code: CODE, message: `'${text}' is no address to listen on`, help: FORM };
  const near = nearest(scheme, [...Object.keys(SCHEMES), 'unix']);
  const help =
    near === undefined
      ? 'Portcullis listens on tcp, tcp4, tcp6, udp, udp4, udp6, unix, unix-seqpacket and unix-dgram'
      : `did you mean '${near}'?`;
  return { code: CODE, message: `cannot listen on '${scheme}'`, help };
}

function wrongHost(scheme: Scheme, host: string, port: string): Refusal {
  const { kind, takes } = SCHEMES[scheme];
  const message = `'${host}' is no numeric ${{ both: 'IP', inet: 'IPv4', inet6: 'IPv6' }[takes]} address`;
  if (host === '*') {
    return {
      code: CODE,
      message,
      help: `for every address write ${kind}://:${port}, for IPv4 alone ${kind}4://:${port}`,
    };
  }
  const other = isIPv4(host) ? 4 : isIPv6(host.replace(/^\[(.*)\]$/, '$1')) ? 6 : undefined;
  const help =
    other === undefined
      ? 'names are not looked up: write the address'
      : `this is an IPv${other} address: write ${kind}${other}://${host}:${port}`;
  return { code: CODE, message, help };
}

/** Returns whether both sockets cannot listen at once. */
export function overlap(left: ListenAddress, right: ListenAddress): boolean {
  switch (left.kind) {
    case 'tcp':
    case 'udp':
      return right.kind === left.kind && portOverlap(left, right);
    case 'unix':
      return right.kind === 'unix' && unixOverlap(left, right);
  }
}

/** Source: the bind conflicts of ip(7) and ipv6(7), and inet_bind_conflict of net/ipv4/inet_connection_sock.c. */
function portOverlap(left: PortAddress, right: PortAddress): boolean {
  if (left.port !== right.port) return false;
  const [one, other] = [interfaceOf(left), interfaceOf(right)];
  if (one !== undefined && other !== undefined && one !== other) return false;
  // A dual-stack wildcard takes the port of both families.
  if (left.dualStack || right.dualStack) return true;
  if (left.family !== right.family) return false;
  return left.address === right.address || isWildcard(left) || isWildcard(right);
}

/** Returns whether it stands for every address of its family. */
export function isWildcard({ family, address }: PortAddress): boolean {
  switch (family) {
    case 'inet':
      return address === '0.0.0.0';
    case 'inet6':
      return address === '::';
  }
}

/** The families of the peers that can reach it. */
export function peerFamilies(address: ListenAddress): readonly IpFamily[] {
  switch (address.kind) {
    case 'tcp':
    case 'udp':
      return address.dualStack ? ['inet', 'inet6'] : [address.family];
    case 'unix':
      return [];
  }
}

function overlapHelp(left: ListenAddress, right: ListenAddress): string {
  const isMixed =
    left.kind !== 'unix' &&
    right.kind !== 'unix' &&
    left.dualStack !== right.dualStack &&
    left.family !== right.family;
  return isMixed
    ? `${left.kind}://[::] takes IPv4 too; write ${left.kind}6://[::]:${left.port} for IPv6 alone`
    : 'keep one of the two';
}

const PATTERN = `^(tcp|udp)[46]?://([0-9.]+|\\[[0-9A-Fa-f:.]+(%[!-.0-9;-~]{1,15})?\\])?:[1-9][0-9]{0,4}$|${UNIX_PATTERN}`;

const ITEM = [{ type: 'string', pattern: PATTERN }, LISTENER_SHAPE(PATTERN)] as const;

/** `listen`: one address or a list of them, each with or without options. */
export const listenSchema: z.ZodType<readonly ListenAddress[] | undefined> = converted(readListen)
  .optional()
  .meta({ anyOf: [...ITEM, { type: 'array', items: { anyOf: ITEM }, minItems: 1 }] });
