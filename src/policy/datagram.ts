import type { ListenAddress } from './policy.ts';

/** Returns whether a socket takes datagrams: it has no connections and no queue of them, and receives from bind on. */
export function isDatagram(address: ListenAddress): boolean {
  switch (address.kind) {
    case 'tcp':
      return false;
    case 'udp':
      return true;
    case 'unix':
      return address.type === 'dgram';
  }
}
