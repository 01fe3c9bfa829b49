import type { Condition } from './condition.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;

/** More combinations than this are not tried. */
const MOST_COMBINATIONS = 200_000;

/** Masks and values of one argument up to this number are combined in pairs. */
const MOST_PAIRED = 64;

/**
 * Looks for registers that satisfy a test, among the values at which the given conditions change their answer: each
 * constant and its neighbours, the bits that a mask takes or leaves, and pairs of them.
 *
 * @returns the registers; `undefined` when none of the combinations does; 'unknown' when there are too many to try
 */
export function findWitness(
  conditions: readonly Condition[],
  satisfies: (args: readonly bigint[]) => boolean,
): readonly bigint[] | undefined | 'unknown' {
  const compares = conditions.flatMap(comparesIn);
  const candidates: (readonly bigint[])[] = [];
  for (let index = 0; index < 6; index += 1) {
    const values = candidateValues(compares.filter((compare) => compare.argument === index));
    if (values === undefined) return 'unknown';
    candidates.push(values);
  }
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

function bitsOf(mask: bigint): readonly bigint[] {
  const bits: bigint[] = [];
  for (let bit = 1n; bit <= mask; bit <<= 1n) {
    if ((mask & bit) !== 0n) bits.push(bit);
  }
  return bits;
}

function isWhole({ width, mask }: Compare): boolean {
  return mask === BigInt.asUintN(width, -1n);
}

/** The values of one argument worth trying; `undefined` when they are too many. */
function candidateValues(compares: readonly Compare[]): readonly bigint[] | undefined {
  if (compares.length === 0) return [0n];
  const bases = new Set<bigint>([0n, ...compares.map(({ value }) => value)]);
  for (const { width, mask } of compares.filter((compare) => !isWhole(compare))) {
    const left = BigInt.asUintN(width, ~mask);
    const [taken, free] = [bitsOf(mask), bitsOf(left)];
    for (const base of [mask, left, ...(taken.length <= free.length ? taken : free)]) bases.add(base);
  }
  const values = new Set<bigint>([0xffff_ffff_ffff_ffffn]);
  for (const base of bases) {
    for (const near of [base, base + 1n, base - 1n, ~base]) values.add(BigInt.asUintN(64, near));
  }
  if (compares.every(isWhole)) return [...values];
  if (bases.size > MOST_PAIRED) return undefined;
  for (const first of bases) {
    for (const second of bases) values.add(first | second);
  }
  return [...values];
}
