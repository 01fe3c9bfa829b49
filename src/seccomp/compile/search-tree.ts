import { EARLY_PART, OptimalTree } from './optimal-tree.ts';
import type { NumberTests, Segment } from './segment.ts';

/**
 * The cheapest tree of tests that finds the segment of a number: the fewest tests on average, as the weights say, and
 * few tests in all. A test compares with the start of a segment or with a segment of one number, which then is out of
 * the way of its neighbours. Exact up to a few segments; beyond, only the heaviest numbers are tested for before cuts.
 *
 * @param segments in order, without gaps; the first one starts with the smallest number that can be looked for
 * @param most above so many segments a list is cut in two of equal weight before anything is optimised
 */
export function searchTree<Node>(
  segments: readonly Segment<Node>[],
  most: number,
  tests: NumberTests<Node>,
): Node {
  return subtree(mergeNeighbours(segments), most, tests);
}

function subtree<Node>(segments: readonly Segment<Node>[], most: number, tests: NumberTests<Node>): Node {
  if (segments.length <= most) return new OptimalTree(segments, tests).tree();
  const middle = balance(segments);
  const [left, right] = [segments.slice(0, middle), segments.slice(middle)];
  return tests.atLeast(start(right), subtree(right, most, tests), subtree(left, most, tests));
}

function start<Node>(segments: readonly Segment<Node>[]): number {
  const [first] = segments;
  if (first === undefined) throw new RangeError('a tree has at least one segment');
  return first.first;
}

/** Neighbours with one way on are one segment, unless one of them is a number of its own that is much looked for. */
function mergeNeighbours<Node>(segments: readonly Segment<Node>[]): readonly Segment<Node>[] {
  const total = segments.reduce((sum, { weight }) => sum + weight, 0);
  const merged: Segment<Node>[] = [];
  const isEarly = ({ first, last, weight }: Segment<Node>): boolean =>
    first === last && weight >= total * EARLY_PART;
  for (const segment of segments) {
    const before = merged.at(-1);
    if (before?.node === segment.node && !isEarly(before) && !isEarly(segment)) {
      merged[merged.length - 1] = { ...before, last: segment.last, weight: before.weight + segment.weight };
    } else {
      merged.push(segment);
    }
  }
  return merged;
}

/** Returns the index that cuts a list of at least two into parts of nearly equal weight. */
function balance<Node>(segments: readonly Segment<Node>[]): number {
  const total = segments.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const cut = segments.findIndex(({ weight }) => {
    before += weight;
    return before - weight / 2 >= total / 2;
  });
  return Math.min(Math.max(cut, 1), segments.length - 1);
}
