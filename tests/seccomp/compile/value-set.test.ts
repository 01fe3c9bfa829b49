import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import type { Condition } from '../../../src/seccomp/condition.ts';
import { compileFilter, type Filter, simulate } from '../../../src/seccomp/index.ts';
import { holds } from '../support/oracle.ts';
import { filterOf } from '../support/policy.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;

const NOTHING = filterOf([]);

/** Values that lie close together, or that differ in a few bits of either word. */
const value: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 12n }),
  fc
    .subarray([1n, 4n, 1n << 17n, 1n << 31n, 1n << 32n, 1n << 40n, 1n << 63n])
    .map((bits) => bits.reduce((sum, bit) => sum | bit, 0n)),
  fc.constantFrom(0xffff_ffffn, 0xffff_fffen, 1n << 32n, (1n << 64n) - 1n, (1n << 64n) - 2n),
);

function subject(width: 32 | 64): fc.Arbitrary<Condition> {
  const all = BigInt.asUintN(width, -1n);
  const compare = (comparison: Compare['comparison'], of: bigint): Condition => {
    return { kind: 'compare', argument: 1, width, mask: all, comparison, value: of & all };
  };
  const equal = value.map((of) => compare('==', of));
  const range = fc
    .tuple(value, value)
    .map(([a, b]): Condition => ({ kind: 'and', terms: [compare('>=', a), compare('<=', b)] }));
  const other = fc
    .tuple(fc.constantFrom('!=', '<', '<=', '>', '>='), value)
    .map(([comparison, of]) => compare(comparison as Compare['comparison'], of));
  const members = fc.array(
    fc.oneof({ weight: 8, arbitrary: equal }, { weight: 2, arbitrary: range }, other),
    {
      minLength: 1,
      maxLength: 14,
    },
  );
  return fc.tuple(members, fc.boolean(), fc.boolean()).map(([terms, union, negated]): Condition => {
    const set: Condition = { kind: union ? 'or' : 'and', terms };
    return negated ? { kind: 'not', term: set } : set;
  });
}

test.each([32, 64] as const)(
  'a set of values of %i bits holds what its members hold',
  (width) => {
    fc.assert(
      fc.property(subject(width), fc.array(value, { minLength: 30, maxLength: 30 }), (condition, values) => {
        const filter: Filter = {
          ...NOTHING,
          rules: [{ call: 'syscall_600', condition, action: { kind: 'allow' }, source: undefined }],
        };
        const program = compileFilter(filter);
        for (const one of values.flatMap((near) => [near, near + 1n, near - 1n])) {
          const args = [0n, BigInt.asUintN(64, one)];
          const answer = simulate(program, { arch: AUDIT_ARCH.x86_64, nr: 600, args });
          if ((answer === 0x7fff0000) !== holds(condition, args)) expect.fail(`${one}: ${answer}`);
        }
      }),
      { numRuns: 300 },
    );
  },
  30_000,
);

function size(...rules: readonly string[]): number {
  return compileFilter(filterOf(rules)).instructions.length;
}

test('values side by side are one range, and values that differ in some bits are one test', () => {
  const none = size('syscall_600');
  expect(size('syscall_600(arg0:32 in {3, 4, 5, 6, 7})')).toBe(size('syscall_600(arg0:32 in {3..7})'));
  expect(size('syscall_600(arg0:32 in {0, 8, 0x20000, 0x20008})')).toBe(none + 2);
  expect(size('syscall_600(arg0:32 == 3)', 'syscall_600(arg0:32 == 4)')).toBe(
    size('syscall_600(arg0:32 in {3..4})'),
  );
});

test('many values are searched for, not tried one after the other', () => {
  const values = Array.from({ length: 64 }, (_, index) => index * 3);
  const program = compileFilter(filterOf([`syscall_600(arg0:32 in {${values.join(',')}})`]));
  expect(program.instructions.length).toBeLessThan(64 * 1.8);
});
