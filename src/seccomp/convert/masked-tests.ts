import type { Compare, Conjunction } from './conjunction.ts';

/** A test that a register, and-ed with a mask, has a value. All 64 bits are looked at that the mask has. */
export interface MaskedTest {
  readonly argument: Compare['argument'];
  readonly mask: bigint;
  readonly value: bigint;
}

/** More of them for one rule would be no rule that anybody reads. */
export const MOST_ALTERNATIVES = 128;

/**
 * A conjunction as alternatives that test bits for equality only, at most once for each argument: what every other tool can
 * say, and none gets wrong. An order becomes some blocks of numbers that begin with the same bits. `undefined` when there
 * would be more than a hundred or so.
 */
export function maskedAlternatives(conjunction: Conjunction): readonly (readonly MaskedTest[])[] | undefined {
  let alternatives: readonly (readonly MaskedTest[])[] = [[]];
  for (const compare of conjunction) {
    const { argument } = compare;
    const blocks = blocksOf(compare);
    if (alternatives.length * blocks.length > 16 * MOST_ALTERNATIVES) return undefined;
    alternatives = alternatives.flatMap((tests) =>
      blocks.flatMap((block) => {
        const merged = withTest(tests, { argument, ...block });
        return merged === undefined ? [] : [merged];
      }),
    );
  }
  return alternatives.length > MOST_ALTERNATIVES ? undefined : alternatives;
}

/** Two tests of one argument as one; `undefined` when they contradict each other. */
function withTest(tests: readonly MaskedTest[], test: MaskedTest): readonly MaskedTest[] | undefined {
  const other = tests.find(({ argument }) => argument === test.argument);
  if (other === undefined) return [...tests, test];
  if (((other.value ^ test.value) & other.mask & test.mask) !== 0n) return undefined;
  const both = { ...test, mask: other.mask | test.mask, value: other.value | test.value };
  return tests.map((known) => (known === other ? both : known));
}

type Block = Pick<MaskedTest, 'mask' | 'value'>;

function blocksOf({ mask, comparison, value }: Compare): readonly Block[] {
  const within = (low: bigint, high: bigint): readonly Block[] =>
    low > high ? [] : cover({ low, high }, { mask: 0n, value: 0n }, mask);
  switch (comparison) {
    case '==':
      return within(value, value);
    case '!=':
      return [...within(0n, value - 1n), ...within(value + 1n, mask)];
    case '<':
      return within(0n, value - 1n);
    case '<=':
      return within(0n, value);
    case '>':
      return within(value + 1n, mask);
    case '>=':
      return within(value, mask);
  }
}

/** The numbers of a range among those that begin with a block; `rest` are the bits of the mask behind it. */
function cover(range: { readonly low: bigint; readonly high: bigint }, block: Block, rest: bigint): Block[] {
  const [least, most] = [block.value, block.value | rest];
  if (most < range.low || least > range.high) return [];
  if (least >= range.low && most <= range.high) return [block];
  const bit = 1n << BigInt(rest.toString(2).length - 1);
  const mask = block.mask | bit;
  return [
    ...cover(range, { mask, value: block.value }, rest & ~bit),
    ...cover(range, { mask, value: block.value | bit }, rest & ~bit),
  ];
}
