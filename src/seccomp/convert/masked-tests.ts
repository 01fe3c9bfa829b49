import type { Compare, Conjunction } from './conjunction.ts';

/** A test that a register, and-ed with a mask, has a value. All 64 bits are looked at that the mask has. */
export interface MaskedTest {
  readonly argument: Compare['argument'];
  readonly mask: bigint;
  readonly value: bigint;
}

/** A rule with more of them is unreadable. */
export const MOST_ALTERNATIVES = 128;

/**
 * Turns a conjunction into alternatives that test bits for equality only, at most once for each argument. Every other tool
 * understands such tests, and none gets them wrong. No call meets two alternatives. An order becomes some blocks of numbers
 * that begin with the same bits. Returns `undefined` if there would be more than a hundred or so.
 */
export function maskedAlternatives(conjunction: Conjunction): readonly (readonly MaskedTest[])[] | undefined {
  let alternatives: readonly (readonly MaskedTest[])[] = [[]];
  for (const argument of new Set(conjunction.map((compare) => compare.argument))) {
    const blocks = blocksOf(conjunction.filter((compare) => compare.argument === argument));
    if (blocks === undefined || alternatives.length * blocks.length > MOST_ALTERNATIVES) return undefined;
    alternatives = alternatives.flatMap((tests) =>
      blocks.map((block) => (block.mask === 0n ? tests : [...tests, { argument, ...block }])),
    );
  }
  return alternatives;
}

/** The numbers that begin with the same bits, or have some bits in common. */
type Block = Pick<MaskedTest, 'mask' | 'value'>;

/** The numbers that meet all tests, as blocks that do not overlap. */
function blocksOf(compares: Conjunction): readonly Block[] | undefined {
  const found: Block[] = [];
  const divide = (block: Block): boolean => {
    const open: Compare[] = [];
    for (const compare of compares) {
      const holds = decided(compare, block);
      if (holds === false) return true;
      if (holds === undefined) open.push(compare);
    }
    const bit = highestBit(open.reduce((bits, { mask }) => bits | (mask & ~block.mask), 0n));
    if (bit === 0n) return found.push(block) <= MOST_ALTERNATIVES;
    const mask = block.mask | bit;
    return divide({ mask, value: block.value }) && divide({ mask, value: block.value | bit });
  };
  return divide({ mask: 0n, value: 0n }) ? found : undefined;
}

/** Returns the outcome of a test if it is the same for all numbers of a block, else `undefined`. */
function decided({ mask, comparison, value }: Compare, block: Block): boolean | undefined {
  const least = block.value & mask;
  const most = (block.value | ~block.mask) & mask;
  switch (comparison) {
    case '==':
    case '!=': {
      const differs = ((block.value ^ value) & block.mask & mask) !== 0n || (value & ~mask) !== 0n;
      return differs || least === most ? differs === (comparison === '!=') : undefined;
    }
    case '<':
      return most < value ? true : least >= value ? false : undefined;
    case '<=':
      return most <= value ? true : least > value ? false : undefined;
    case '>':
      return least > value ? true : most <= value ? false : undefined;
    case '>=':
      return least >= value ? true : most < value ? false : undefined;
  }
}

function highestBit(bits: bigint): bigint {
  return bits === 0n ? 0n : 1n << BigInt(bits.toString(2).length - 1);
}
