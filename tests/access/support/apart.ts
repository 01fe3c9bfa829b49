import { IP_BITS, type IpFamily } from '../../../src/policy/ip-address.ts';
import type { AccessPrefix } from '../../../src/policy/policy.ts';
import { prefixOf } from './random-lists.ts';

/** Prefixes that lie apart, the same ones each time. */
export function apart(family: IpFamily, count: number, bits: number): readonly AccessPrefix[] {
  let state = 1n;
  return Array.from({ length: count }, () => {
    state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    const number = family === 'inet' ? state >> 32n : ((state >> 3n) << 64n) | (0x2001n << 112n);
    return prefixOf(family, BigInt.asUintN(IP_BITS[family], number), bits);
  });
}
