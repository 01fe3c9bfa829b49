import type { Condition } from './condition.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;

/** More combinations than this are not tried. */
const MOST_COMBINATIONS = 200_000;

/** Masks and values of one argument up to this number are combined in pairs. */
const MOST_PAIRED = 48;

/**
 * Looks for registers that satisfy a test, among the values at which the given conditions change their answer: each
 * constant and its neighbours, the bits of each mask, and pairs of them.
 *
 * @returns the registers; `undefined` when none of the combinations does; 'unknown' when there are too many
 */
export function findWitness(
  conditions: readonly Condition[],
  satisfies: (args: readonly bigint[]) => boolean,
): readonly bigint[] | undefined | 'unknown' {
  const compares = conditions.flatMap(comparesIn);
  const candidates = [0, 1, 2, 3, 4, 5].map((index) =>
    candidateValues(compares.filter((compare) => compare.argument === index)),
  );
  const combinations = candidates.reduce((product, values) => product * values.length, 1);
  if (combinations > MOST_COMBINATIONS) return 'unknown';
  for (let combination = 0; combination < combinations; combination += 1) {
    let rest = combination;
    const args = candidates.map((values) => {
      const value = values[rest % values.length] ?? 0n;
      rest = Math.floor(rest / values.length);
      return value;
    });
    if (satisfies(args)) return args;
  }
  return undefined;
}

function comparesIn(condition: Condition): readonly Compare[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(comparesIn);
    case 'not':
      return comparesIn(condition.term);
    case 'compare':
      return [condition];
    default:
      return [];
  }
}

function candidateValues(compares: readonly Compare[]): readonly bigint[] {
  if (compares.length === 0) return [0n];
  const bases = new Set<bigint>([0n]);
  for (const { width, mask, value } of compares) {
    bases.add(value);
    if (mask === BigInt.asUintN(width, -1n)) continue;
    bases.add(mask);
    bases.add(BigInt.asUintN(width, ~mask));
    for (let bit = 1n; bit <= mask; bit <<= 1n) {
      if ((mask & bit) !== 0n) bases.add(bit);
    }
  }
  const values = new Set<bigint>([0xffff_ffff_ffff_ffffn]);
  for (const base of bases) {
    for (const near of [base, base + 1n, base - 1n, ~base]) values.add(BigInt.asUintN(64, near));
  }
  if (bases.size <= MOST_PAIRED && compares.some(({ width, mask }) => mask !== BigInt.asUintN(width, -1n))) {
    for (const first of bases) {
      for (const second of bases) values.add(first | second);
    }
  }
  return [...values];
}
