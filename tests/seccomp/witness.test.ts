import { expect, test } from 'vitest';
import type { Condition } from '../../src/seccomp/condition.ts';
import { findWitness } from '../../src/seccomp/witness.ts';

type Index = Extract<Condition, { kind: 'compare' }>['argument'];

function equals(argument: Index, value: bigint, mask: bigint = 0xffff_ffff_ffff_ffffn): Condition {
  return { kind: 'compare', argument, width: 64, mask, comparison: '==', value };
}

test('finds the one register that satisfies', () => {
  const satisfies = (args: readonly bigint[]): boolean => args[0] === 8n && args[2] === 0x1_0000_0000n;
  expect(findWitness([equals(0, 7n), equals(2, 0x1_0000_0000n)], satisfies)?.slice(0, 3)).toEqual([
    8n,
    0n,
    1n << 32n,
  ]);
  expect(findWitness([equals(0, 7n)], satisfies)).toBeUndefined();
});

test('says so when there is too much to try', () => {
  const many = Array.from({ length: 40 }, (_, index) => BigInt(index) * 1000n);
  const conditions = ([0, 1, 2] as const).flatMap((argument) => many.map((value) => equals(argument, value)));
  expect(findWitness(conditions, () => false)).toBe('unknown');
  const masks = many
    .concat(many.map((value) => value + 7n))
    .map((value) => equals(0, value, 0xffff_ffff_ffff_fffen));
  expect(findWitness(masks, () => false)).toBe('unknown');
});
