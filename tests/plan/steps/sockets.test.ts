import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { socketAddress } from '../../../src/plan/steps/port-address.ts';
import { ipv6Bytes } from '../../../src/policy/ip-address.ts';
import type { TcpAddress } from '../../../src/policy/policy.ts';

const AF_INET = 2n;
const AF_INET6 = 10n;

function listen(family: TcpAddress['family'], address: string, port: number): TcpAddress {
  return { kind: 'tcp', text: 'a sample', family, address, port, dualStack: false };
}

const group = fc.oneof(fc.constant(0), fc.nat(0xffff), fc.nat(0xf), fc.constant(0xffff));
const groups = fc.array(group, { minLength: 8, maxLength: 8 });

function bytesOf(parts: readonly number[]): readonly number[] {
  return parts.flatMap((part) => [part >> 8, part & 0xff]);
}

/** Every way to write the same address: in full, in capitals, shortened, and with a dotted end. */
function spellings(parts: readonly number[]): readonly string[] {
  const full = parts.map((part) => part.toString(16).padStart(4, '0')).join(':');
  const short = parts.map((part) => part.toString(16)).join(':');
  const [a = 0, b = 0, c = 0, d = 0] = bytesOf(parts.slice(6));
  const dotted = `${parts
    .slice(0, 6)
    .map((part) => part.toString(16))
    .join(':')}:${a}.${b}.${c}.${d}`;
  const compressed = new URL(`http://[${short}]/`).hostname.slice(1, -1);
  return [full, full.toUpperCase(), short, dotted, compressed];
}

test('an IPv6 address has the same sixteen bytes however it is written', () => {
  fc.assert(
    fc.property(groups, (parts) => {
      for (const text of spellings(parts)) {
        expect(new SocketAddress({ family: 'ipv6', address: text }).address).toBeTruthy();
        expect({ text, bytes: ipv6Bytes(text) }).toEqual({ text, bytes: bytesOf(parts) });
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
  ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
  ['1::', [1, 0, 0, 0, 0, 0, 0, 0]],
  ['1::8', [1, 0, 0, 0, 0, 0, 0, 8]],
  ['::ffff:192.0.2.1', [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]],
  ['::192.0.2.1', [0, 0, 0, 0, 0, 0, 0xc000, 0x0201]],
  ['64:ff9b::192.0.2.33', [0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x0221]],
  ['1:2:3:4:5:6:7::', [1, 2, 3, 4, 5, 6, 7, 0]],
  ['::2:3:4:5:6:7:8', [0, 2, 3, 4, 5, 6, 7, 8]],
  ['fe80::1:0:0:1', [0xfe80, 0, 0, 0, 1, 0, 0, 1]],
])('the bytes of %s', (text, parts) => {
  expect(ipv6Bytes(text)).toEqual(bytesOf(parts));
});

/** struct sockaddr_in of netinet/in.h: family in the machine's order, port and address in the network's, padding. */
test('struct sockaddr_in', () => {
  const { bytes } = socketAddress(listen('inet', '192.0.2.254', 0x1f90), AF_INET);
  expect([...bytes]).toEqual([2, 0, 0x1f, 0x90, 192, 0, 2, 254, 0, 0, 0, 0, 0, 0, 0, 0]);
});

/** struct sockaddr_in6: family, port, flow label, address, scope. */
test('struct sockaddr_in6', () => {
  const { bytes } = socketAddress(listen('inet6', '2001:db8::7', 7), AF_INET6);
  const address = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
  expect([...bytes]).toEqual([10, 0, 0, 7, 0, 0, 0, 0, ...address, 0, 0, 0, 0]);
});
