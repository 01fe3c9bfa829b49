import { constantNumber } from '../kernel/constants.ts';
import { syscallNumber } from '../kernel/system-calls.ts';
import { hostArchitecture } from './host-architecture.ts';
import { systemCall } from './libc.ts';

/** `struct sockaddr_storage`, include/uapi/linux/socket.h. */
const LARGEST_ADDRESS = 128;

/** Returns the address of a socket as a person reads it: `127.0.0.1:80`, `[::]:80`, `/run/echo`, `@echo`. */
export function socketAddressOf(descriptor: number): string {
  const number = syscallNumber('getsockname', hostArchitecture());
  if (number === undefined) throw new Error('no getsockname on this machine');
  const [address, length] = [Buffer.alloc(LARGEST_ADDRESS), Buffer.alloc(4)];
  length.writeUInt32LE(LARGEST_ADDRESS);
  systemCall('getsockname', number, descriptor, address, length);
  return addressText(address.subarray(0, length.readUInt32LE()));
}

/** Reads `struct sockaddr_in`, `sockaddr_in6` and `sockaddr_un`. */
export function addressText(address: Buffer): string {
  const family = address.readUInt16LE(0);
  if (family === constantNumber('AF_INET'))
    return `${address.subarray(4, 8).join('.')}:${address.readUInt16BE(2)}`;
  if (family === constantNumber('AF_INET6')) return `[${ipv6Text(address)}]:${address.readUInt16BE(2)}`;
  if (family !== constantNumber('AF_UNIX')) return `an address of family ${family}`;
  const name = address.subarray(2);
  if (name.length === 0) return 'no address';
  return name[0] === 0 ? `@${name.toString('utf8', 1)}` : name.toString('utf8').replace(/\0.*$/s, '');
}

function ipv6Text(address: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(8 + 2 * index).toString(16));
  return new URL(`tcp://[${groups.join(':')}]`).hostname.slice(1, -1);
}
