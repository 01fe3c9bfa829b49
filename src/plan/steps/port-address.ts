import { ipv4Bytes, ipv6Bytes } from '../../policy/ip-address.ts';
import type { PortAddress } from '../../policy/policy.ts';
import { bytesData, type Data } from '../data.ts';

/** The family of a socket, as socket(2) names it. */
export function portFamily({ family }: PortAddress): 'AF_INET' | 'AF_INET6' {
  switch (family) {
    case 'inet':
      return 'AF_INET';
    case 'inet6':
      return 'AF_INET6';
  }
}

/** `struct sockaddr_in` or `struct sockaddr_in6`, port and address in network order. */
export function socketAddress({ family, address, port }: PortAddress, number: bigint): Data {
  const head = [Number(number & 0xffn), Number(number >> 8n), port >> 8, port & 0xff];
  switch (family) {
    case 'inet':
      return bytesData(Uint8Array.from([...head, ...ipv4Bytes(address), ...new Array<number>(8).fill(0)]));
    case 'inet6':
      return bytesData(Uint8Array.from([...head, 0, 0, 0, 0, ...ipv6Bytes(address), 0, 0, 0, 0]));
  }
}
