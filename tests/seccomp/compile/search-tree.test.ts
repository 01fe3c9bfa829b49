import fc from 'fast-check';
import { expect, test } from 'vitest';
import { searchTree } from '../../../src/seccomp/compile/search-tree.ts';
import type { Segment } from '../../../src/seccomp/compile/segment.ts';

/** A tree of tests as it is built, to be walked and counted. */
type Tree =
  | string
  | { readonly at: (number: number) => boolean; readonly then: Tree; readonly otherwise: Tree };

const LEAVES: readonly Tree[] = ['a', 'b', 'c'];

function build(segments: readonly Segment<Tree>[], most = 100): Tree {
  return searchTree(segments, most, {
    atLeast: (bound, then, otherwise) => ({ at: (number) => number >= bound, then, otherwise }),
    equal: (one, then, otherwise) => ({ at: (number) => number === one, then, otherwise }),
  });
}

function find(tree: Tree, number: number): { readonly leaf: string; readonly tests: number } {
  if (typeof tree === 'string') return { leaf: tree, tests: 0 };
  const { leaf, tests } = find(tree.at(number) ? tree.then : tree.otherwise, number);
  return { leaf, tests: tests + 1 };
}

function size(tree: Tree): number {
  return typeof tree === 'string' ? 0 : 1 + size(tree.then) + size(tree.otherwise);
}

/** What a test more in the program counts, in parts of the whole weight. */
const TEST_PART = 1 / 64;

function cost(tree: Tree, segments: readonly Segment<Tree>[]): number {
  const total = segments.reduce((sum, { weight }) => sum + weight, 0);
  const searching = segments.reduce((sum, { first, weight }) => sum + weight * find(tree, first).tests, 0);
  return searching + size(tree) * total * TEST_PART;
}

/** The least cost there is, by trying every test on every set of segments that can remain. */
function leastCost(segments: readonly Segment<Tree>[]): number {
  const total = segments.reduce((sum, { weight }) => sum + weight, 0);
  const known = new Map<number, number>();
  const least = (set: number): number => {
    const seen = known.get(set);
    if (seen !== undefined) return seen;
    const left = segments
      .map((segment, index) => ({ segment, bit: 1 << index }))
      .filter(({ bit }) => set & bit);
    const leaves = new Set(left.map(({ segment }) => segment.node));
    const splits = left.flatMap(({ segment, bit }) => {
      const below = set & (bit - 1);
      const cut = below === 0 ? [] : [[below, set & ~below] as const];
      return segment.first === segment.last && set !== bit ? [...cut, [bit, set & ~bit] as const] : cut;
    });
    const weight = left.reduce((sum, { segment }) => sum + segment.weight, 0) + total * TEST_PART;
    const best =
      leaves.size <= 1 ? 0 : Math.min(...splits.map(([one, other]) => weight + least(one) + least(other)));
    known.set(set, best);
    return best;
  };
  return least((1 << segments.length) - 1);
}

/** Ranges of which no two neighbours lead to the same. */
const lists = (minLength: number, maxLength: number): fc.Arbitrary<readonly Segment<Tree>[]> =>
  fc
    .array(
      fc.record({
        turn: fc.constantFrom(1, 2),
        length: fc.constantFrom(1, 1, 2, 7),
        weight: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 400 })),
      }),
      { minLength, maxLength },
    )
    .map((parts) => {
      let next = 0;
      let leaf = 0;
      return parts.map(({ turn, length, weight }) => {
        const first = next;
        next += length;
        leaf = (leaf + turn) % LEAVES.length;
        return { first, last: next - 1, node: LEAVES[leaf] ?? 'a', weight };
      });
    });

function checkAnswers(segments: readonly Segment<Tree>[], tree: Tree): void {
  for (const { first, last, node } of segments) {
    for (let number = first; number <= last; number += 1) expect(find(tree, number).leaf).toBe(node);
  }
}

test('no tree is cheaper, of all that there are for a few ranges', () => {
  fc.assert(
    fc.property(lists(1, 8), (segments) => {
      const tree = build(segments);
      checkAnswers(segments, tree);
      expect(cost(tree, segments)).toBeCloseTo(leastCost(segments), 6);
    }),
    { numRuns: 1500 },
  );
});

test('with more ranges it is next to the cheapest', () => {
  fc.assert(
    fc.property(lists(11, 13), (segments) => {
      const tree = build(segments);
      checkAnswers(segments, tree);
      expect(cost(tree, segments)).toBeLessThanOrEqual(leastCost(segments) * 1.15);
    }),
    { numRuns: 60 },
  );
});

test('a list that is cut in two first still leads everywhere', () => {
  fc.assert(
    fc.property(lists(8, 60), fc.integer({ min: 1, max: 9 }), (segments, most) => {
      checkAnswers(segments, build(segments, most));
    }),
    { numRuns: 200 },
  );
});

test('the same list makes the same tree', () => {
  fc.assert(
    fc.property(lists(1, 30), (segments) => {
      expect(JSON.stringify(build(segments))).toBe(JSON.stringify(build(segments)));
    }),
    { numRuns: 50 },
  );
});
