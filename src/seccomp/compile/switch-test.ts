import { argumentOffset } from '../bpf/instruction.ts';
import type { PredicateGraph, PredicateNode } from './predicate-graph.ts';
import { searchTree } from './search-tree.ts';
import type { Segment } from './segment.ts';
import type { Field, ValueSet } from './value-set.ts';

const WORD = 0xffff_ffff;
const WORD_BITS = 32n;

/** Longer lists of values are cut before they are optimised, as those of a set are. */
const VALUES_TOGETHER = 20;

/** Consecutive values of a field and the decision about them; both ends belong to it. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly node: PredicateNode;
}

/** Leads to the node of the first set that has the field's value, else to `otherwise`. All sets are of one field. */
export function switchTest(
  graph: PredicateGraph,
  field: Field,
  cases: readonly { readonly set: ValueSet; readonly node: PredicateNode }[],
  otherwise: PredicateNode,
): PredicateNode {
  const largest = BigInt.asUintN(field.width, -1n);
  const bounds = cases.flatMap(({ set }) => set.intervals.flatMap(({ first, last }) => [first, last + 1n]));
  const starts = [...new Set([0n, ...bounds])].filter((start) => start <= largest).sort(ascending);
  const ranges = starts.map((first, index): Range => {
    const found = cases.find(({ set }) =>
      set.intervals.some((interval) => interval.first <= first && first <= interval.last),
    );
    return { first, last: (starts[index + 1] ?? largest + 1n) - 1n, node: found?.node ?? otherwise };
  });
  const offset = argumentOffset(field.argument);
  return field.width === 32 ? lowWord(graph, offset, ranges) : highWord(graph, offset, ranges);
}

function ascending(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function lowWord(graph: PredicateGraph, offset: number, ranges: readonly Range[]): PredicateNode {
  const starts = ranges.map(({ first }) => Number(BigInt.asUintN(32, first)));
  const field = { offset, width: 32, mask: BigInt(WORD) } as const;
  return searchTree(
    segments(starts, (_, index) => ranges[index]?.node),
    VALUES_TOGETHER,
    {
      atLeast: (number, yes, no) =>
        graph.test({ ...field, comparison: '>=', value: BigInt(number) }, yes, no),
      equal: (number, yes, no) => graph.test({ ...field, comparison: '==', value: BigInt(number) }, yes, no),
    },
  );
}

/** A search for the high word, and one for the low word below each value of it that several ranges share. */
function highWord(graph: PredicateGraph, offset: number, ranges: readonly Range[]): PredicateNode {
  const cuts = ranges.flatMap(({ first }) => {
    const word = Number(first >> WORD_BITS);
    return BigInt.asUintN(32, first) === 0n ? [word] : [word, word + 1];
  });
  const starts = [...new Set([0, ...cuts])].filter((start) => start <= WORD).sort((a, b) => a - b);
  const way = (word: number): PredicateNode | undefined => {
    const [low, high] = [BigInt(word) << WORD_BITS, (BigInt(word) << WORD_BITS) | BigInt(WORD)];
    const inside = ranges.filter(({ first, last }) => first <= high && last >= low);
    if (inside.length === 1) return inside[0]?.node;
    return lowWord(
      graph,
      offset,
      inside.map(({ first, ...rest }) => ({ ...rest, first: first < low ? low : first })),
    );
  };
  // Under this mask only the high word is looked at.
  const field = { offset, width: 64, mask: BigInt(WORD) << WORD_BITS } as const;
  return searchTree(segments(starts, way), VALUES_TOGETHER, {
    atLeast: (number, yes, no) =>
      graph.test({ ...field, comparison: '>=', value: BigInt(number) << WORD_BITS }, yes, no),
    equal: (number, yes, no) =>
      graph.test({ ...field, comparison: '==', value: BigInt(number) << WORD_BITS }, yes, no),
  });
}

/** Every value of a word, divided at these starts. Nothing is known of how often each is looked for. */
function segments(
  starts: readonly number[],
  way: (start: number, index: number) => PredicateNode | undefined,
): readonly Segment<PredicateNode>[] {
  return starts.map((first, index) => {
    const node = way(first, index);
    if (node === undefined) throw new RangeError('every value belongs to a range');
    return { first, last: (starts[index + 1] ?? WORD + 1) - 1, node, weight: 1 };
  });
}
