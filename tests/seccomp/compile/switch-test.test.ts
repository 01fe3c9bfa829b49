import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { compileFilter, simulate } from '../../../src/seccomp/index.ts';
import { prove } from '../../../src/seccomp/library/prove.ts';
import { filterOf } from '../support/policy.ts';

function added(rules: readonly string[]): number {
  return (
    compileFilter(filterOf(rules)).instructions.length - compileFilter(filterOf(['read'])).instructions.length
  );
}

test('answers by ranges of one argument are searched for, not tried one after the other', () => {
  const sizes = [0x40, 0x80, 0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000];
  const rules = [
    'read',
    ...sizes.map((size, index) => `read(count in {${size}..${2 * size - 1}}) -> errno(${index + 1})`),
  ];
  // A test and an answer for each, the start of the first, and a load and a test of the high word.
  expect(added(rules)).toBeLessThanOrEqual(2 * sizes.length + 4);
  const program = compileFilter(filterOf(rules));
  for (const [index, size] of sizes.entries())
    for (const value of [size, 2 * size - 1]) {
      const call = { arch: AUDIT_ARCH.x86_64, nr: 0, args: [0n, 0n, BigInt(value)] };
      expect(simulate(program, call)).toBe(0x5_0000 + index + 1);
    }
});

test('an order of 64 bits below 2^32 looks at each half once', () => {
  // Two loads, two tests, and the answer to the others.
  expect(added(['read(count < 4096)'])).toBeLessThanOrEqual(5);
});

const bound = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.bigInt({ min: -3n, max: 3n }).map((step) => BigInt.asUintN(64, (1n << 32n) + step)),
  fc.bigInt({ min: -3n, max: 3n }).map((step) => BigInt.asUintN(64, step)),
);

const rule = fc
  .record({
    ends: fc.tuple(bound, bound),
    word: fc.constantFrom('in', 'not in'),
    answer: fc.constantFrom('errno(1)', 'errno(2)', 'allow', 'log', 'kill_thread'),
  })
  .map(({ ends: [one, other], word, answer }) => ({
    word,
    answer,
    ends: one < other ? [one, other] : [other, one],
  }));

test('overlapping ranges of one argument are compiled to what the rules say', () => {
  fc.assert(
    fc.property(fc.array(rule, { minLength: 2, maxLength: 8 }), fc.constantFrom(32, 64), (given, width) => {
      const lines = given.map(({ ends, word, answer }) => {
        const [first = 0n, last = 0n] = ends.map((end) => BigInt.asUintN(width, end)).sort(ascending);
        return `lseek(fd:${width} ${word} {${first}..${last}}) -> ${answer}`;
      });
      const filter = filterOf(lines);
      expect(prove(filter, compileFilter(filter)).difference).toBeUndefined();
    }),
    { numRuns: 300, seed: 20_261_124 },
  );
});

function ascending(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
