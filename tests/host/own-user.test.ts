import { describe, expect, test } from 'vitest';
import { isMapped, OWN_NUMBERS, ownersOf, ownNumber } from '../../src/host/own-user.ts';

/** The ranges that others number users in: UIDS-GIDS.md of systemd, and the numbers that no user has. */
const TAKEN: readonly (readonly [number, number])[] = [
  [0, 60_513],
  [61_184, 65_519],
  [65_534, 65_535],
  [524_288, 1_879_048_191],
  [0x8000_0000, 0xffff_ffff],
];

test('the numbers lie outside of those that others give', () => {
  for (const [first, last] of TAKEN) expect(OWN_NUMBERS.first > last || OWN_NUMBERS.last < first).toBe(true);
});

test('a number is derived from the name of the service alone, as the page says', () => {
  // printf 'portcullis user echo' | sha256sum
  expect(ownNumber('echo')).toBe(0x71091368);
  const names = Array.from({ length: 5000 }, (_, index) => `service-${index}`);
  const numbers = names.map(ownNumber);
  for (const number of numbers) {
    expect(number).toBeGreaterThanOrEqual(OWN_NUMBERS.first);
    expect(number).toBeLessThanOrEqual(OWN_NUMBERS.last);
  }
  expect(new Set(numbers).size).toBe(names.length);
});

describe('who has a number', () => {
  const SUBUID = 'alice:100000:65536\nbob:1879048192:10\nodd\ncarol:1879048200:x\n\nbob:2000000000:1\r\n';

  test.each([
    [1_879_048_191, []],
    [1_879_048_192, ['bob']],
    [1_879_048_201, ['bob']],
    [1_879_048_202, []],
    [100_000, ['alice']],
    [2_000_000_000, ['bob']],
  ])('%i by subuid', (number, owners) => {
    expect(ownersOf(number, SUBUID)).toEqual(owners);
  });

  test.each([
    ['         0          0 4294967295\n', true],
    ['         0     100000      65536\n', false],
    ['         0     100000      65536\n1900000000 1 1\n', true],
    ['', true],
  ])('%j maps', (map, isThere) => {
    expect(isMapped(1_900_000_000, map)).toBe(isThere);
  });
});
