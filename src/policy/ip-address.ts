import { isIPv4, isIPv6 } from 'node:net';

/** The family of an address, as socket(2) names it. */
export type IpFamily = 'inet' | 'inet6';

/** A numeric address: a number of {@link IP_BITS} bits, the first byte highest. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly number: bigint;
}

export const IP_BITS: Readonly<Record<IpFamily, number>> = { inet: 32, inet6: 128 };

/** The first 96 bits of an IPv4 address that is written as IPv6: `::ffff:192.0.2.1`. */
const MAPPED = 0xffffn;

/** Reads a numeric address without brackets and interface; `undefined`: it is none. */
export function readIpAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 'inet', number: numberOf(ipv4Bytes(text)) };
  if (isIPv6(text) && !text.includes('%')) return { family: 'inet6', number: numberOf(ipv6Bytes(text)) };
  return undefined;
}

/** Returns the IPv4 address that an IPv6 address stands for, and any other address as it is. */
export function withoutMapping(address: IpAddress): IpAddress {
  if (!isMapped(address)) return address;
  return { family: 'inet', number: BigInt.asUintN(IP_BITS.inet, address.number) };
}

/** Returns whether it is an IPv4 address that is written as IPv6. */
export function isMapped({ family, number }: IpAddress): boolean {
  return family === 'inet6' && number >> 32n === MAPPED;
}

/** Returns whether it is the address of a group of hosts. Sources: RFC 1112, RFC 4291. */
export function isMulticast({ family, number }: IpAddress): boolean {
  switch (family) {
    case 'inet':
      return number >> 28n === 0xen;
    case 'inet6':
      return number >> 120n === 0xffn;
  }
}

/** The shortest form of an address. */
export function ipText({ family, number }: IpAddress): string {
  switch (family) {
    case 'inet':
      return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 0xffn).join('.');
    case 'inet6': {
      const groups = number.toString(16).padStart(32, '0').match(/.{4}/g) ?? [];
      return new URL(`tcp://[${groups.join(':')}]`).hostname.slice(1, -1);
    }
  }
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

export function ipv4Bytes(address: string): number[] {
  return address.split('.').map(Number);
}

/** The sixteen bytes of a numeric IPv6 address. */
export function ipv6Bytes(address: string): number[] {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const tail = dotted?.[2] === undefined ? [] : ipv4Bytes(dotted[2]);
  const hex = dotted?.[1] === undefined ? address : dotted[1].replace(/([^:]):$/, '$1');
  const [before = '', after] = hex.split('::');
  const groups = (part: string): number[] =>
    part
      .split(':')
      .filter((group) => group !== '')
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
  const left = groups(before);
  const right = [...groups(after ?? ''), ...tail];
  return [...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right];
}
