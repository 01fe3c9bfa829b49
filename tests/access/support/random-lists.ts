import fc from 'fast-check';
import { IP_BITS, type IpAddress, type IpFamily, ipText } from '../../../src/policy/ip-address.ts';
import type { AccessPrefix } from '../../../src/policy/policy.ts';

/** Addresses that crowd together, so that prefixes lie within each other and side by side, also over ends of words. */
function numbers(family: IpFamily): fc.Arbitrary<bigint> {
  const bits = IP_BITS[family];
  const whole = fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
  const bases = [0n, (1n << BigInt(bits)) - 1n, 10n << BigInt(bits - 8), 0x2001_0db8n << BigInt(bits - 32)];
  const ends = fc.tuple(fc.constantFrom(...bases), fc.nat(15), fc.nat(bits - 4));
  const crowded = ends.map(([base, low, shift]) =>
    BigInt.asUintN(bits, base ^ (BigInt(low) << BigInt(shift))),
  );
  return fc.oneof({ weight: 1, arbitrary: whole }, { weight: 4, arbitrary: crowded });
}

/** A list of prefixes alone. */
export interface PrefixList {
  readonly allow: readonly AccessPrefix[];
  readonly deny: readonly AccessPrefix[];
}

const family = fc.constantFrom<IpFamily>('inet', 'inet6');

export function prefixOf(family: IpFamily, number: bigint, bits: number): AccessPrefix {
  const rest = BigInt(IP_BITS[family] - bits);
  const first = (number >> rest) << rest;
  return {
    kind: 'prefix',
    family,
    number: first,
    bits,
    text: `${ipText({ family, number: first })}/${bits}`,
  };
}

const prefix: fc.Arbitrary<AccessPrefix> = family.chain((family) =>
  fc.tuple(numbers(family), fc.nat(IP_BITS[family])).map(([number, bits]) => prefixOf(family, number, bits)),
);

/** Lists in which no prefix stands twice, as `check` wants them. */
export const randomLists: fc.Arbitrary<PrefixList> = fc
  .uniqueArray(fc.tuple(prefix, fc.boolean()), {
    maxLength: 24,
    selector: ([{ family, number, bits }]) => `${family} ${number}/${bits}`,
  })
  .map((entries) => ({
    allow: entries.filter(([, isAllowed]) => isAllowed).map(([entry]) => entry),
    deny: entries.filter(([, isAllowed]) => !isAllowed).map(([entry]) => entry),
  }));

/** Any addresses, and those at both ends of the prefixes of a list. */
export function addressesFor(list: PrefixList): fc.Arbitrary<readonly IpAddress[]> {
  const any = family.chain((family) => numbers(family).map((number) => ({ family, number })));
  const ends = [...list.allow, ...list.deny].flatMap(({ family, number, bits }): readonly IpAddress[] => {
    const size = 1n << BigInt(IP_BITS[family] - bits);
    return [number - 1n, number, number + size - 1n, number + size]
      .filter((end) => BigInt.asUintN(IP_BITS[family], end) === end)
      .map((end) => ({ family, number: end }));
  });
  return fc.array(any, { minLength: 12, maxLength: 12 }).map((addresses) => [...addresses, ...ends]);
}

/**
 * The plain way to judge, which shares nothing with the code: the bits as text, the longest prefix that an address begins with.
 */
export function isAllowed(list: PrefixList, { family, number }: IpAddress): boolean {
  const text = number.toString(2).padStart(IP_BITS[family], '0');
  const answers = new Map<string, boolean>();
  for (const [entries, answer] of [
    [list.allow, true],
    [list.deny, false],
  ] as const)
    for (const entry of entries)
      if (entry.family === family)
        answers.set(entry.number.toString(2).padStart(IP_BITS[family], '0').slice(0, entry.bits), answer);
  for (let length = text.length; length >= 0; length -= 1) {
    const answer = answers.get(text.slice(0, length));
    if (answer !== undefined) return answer;
  }
  return false;
}
