import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALLOWED,
  accessFilter,
  PROTOCOL_OFFSET,
  REFUSED,
  sourceOffset,
} from '../../src/access/access-filter.ts';
import { judge } from '../../src/access/access-list.ts';
import { simulatePacket } from '../../src/access/simulate-packet.ts';
import { turnsOf } from '../../src/access/turns.ts';
import { verifyFilter } from '../../src/access/verify-filter.ts';
import type { IpFamily } from '../../src/policy/ip-address.ts';
import { checkInstructions } from '../../src/seccomp/index.ts';
import { apart } from './support/apart.ts';
import { addressesFor, isAllowed, prefixOf, randomLists } from './support/random-lists.ts';

const BOTH: readonly IpFamily[] = ['inet', 'inet6'];

const LOADS = new Set([
  PROTOCOL_OFFSET,
  ...[0, 1, 2, 3].map((word) => sourceOffset('inet6', word)),
  sourceOffset('inet', 0),
]);

const loadOnly = (k: number) =>
  LOADS.has(k) ? undefined : { code: 'bpf-offset', message: `a load at ${k}`, help: '' };

describe('random lists', () => {
  test('the filter, its ranges and the evaluator answer as the plain way does', () => {
    let asked = 0;
    fc.assert(
      fc.property(
        randomLists.chain((list) => fc.tuple(fc.constant(list), addressesFor(list))),
        fc.constantFrom<readonly IpFamily[]>(BOTH, ['inet'], ['inet6']),
        ([list, addresses], families) => {
          const turns = turnsOf(list);
          const program = accessFilter(turns, families, 'x86_64');
          expect(checkInstructions(program, loadOnly)).toEqual([]);
          verifyFilter(program, turns, families);
          for (const address of addresses) {
            const wanted = isAllowed(list, address);
            asked += 1;
            const before = turns[address.family].filter((turn) => turn <= address.number).length;
            expect({ address, allowed: before % 2 === 1 }).toEqual({ address, allowed: wanted });
            const taken = families.includes(address.family);
            const { value, path } = simulatePacket(program, address);
            expect({ address, value }).toEqual({ address, value: wanted && taken ? ALLOWED : REFUSED });
            const loads = path.map((at) => program.instructions[at]).filter((step) => step?.code === 0x20);
            expect(new Set(loads.map((load) => load?.k)).size).toBe(loads.length);
            const mapped = address.family === 'inet6' && address.number >> 32n === 0xffffn;
            if (!mapped) expect(judge(list, address).isAllowed).toBe(wanted);
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(asked).toBeGreaterThan(10_000);
  });

  test('turns are in order, and each changes the answer', () => {
    fc.assert(
      fc.property(randomLists, (list) => {
        for (const family of BOTH) {
          const turns = turnsOf(list)[family];
          for (const [index, turn] of turns.entries()) {
            expect(turn > (turns[index - 1] ?? -1n)).toBe(true);
            expect(isAllowed(list, { family, number: turn })).toBe(index % 2 === 0);
            if (turn > 0n) expect(isAllowed(list, { family, number: turn - 1n })).toBe(index % 2 === 1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('a filter that answers otherwise than its list is found', () => {
  const list = { allow: [prefixOf('inet', 0xc000_0200n, 24)], deny: [prefixOf('inet', 0xc000_0242n, 32)] };
  const program = accessFilter(turnsOf(list), BOTH, 'x86_64');
  verifyFilter(program, turnsOf(list), BOTH);
  const wrong = { allow: list.allow, deny: [prefixOf('inet', 0xc000_0243n, 32)] };
  expect(() => verifyFilter(program, turnsOf(wrong), BOTH)).toThrow(/inet address/);
});

test.each([
  ['inet', 300, 32, 450, 17],
  ['inet', 1000, 24, 2100, 18],
  ['inet', 1900, 24, 4096, 20],
  ['inet6', 150, 48, 700, 18],
  ['inet6', 400, 48, 1900, 20],
] as const)('a list of %s, %d prefixes of %d bits', (family, count, bits, most, longest) => {
  const list = { allow: apart(family, count, bits), deny: [] };
  const turns = turnsOf(list);
  const program = accessFilter(turns, BOTH, 'x86_64');
  const walks = turns[family].map((turn) => simulatePacket(program, { family, number: turn }).path.length);
  expect(program.instructions.length).toBeLessThanOrEqual(most);
  expect(Math.max(...walks)).toBeLessThanOrEqual(longest);
});
