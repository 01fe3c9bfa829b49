import { argumentOffset } from '../bpf/instruction.ts';
import type { PredicateGraph, PredicateNode } from './predicate-graph.ts';
import { searchTree } from './search-tree.ts';
import type { Segment } from './segment.ts';
import type { Interval, ValueSet } from './value-set.ts';

const WORD = 0xffff_ffff;
const WORD_BITS = 32n;

/** So many values that differ in some bits only are tested for at once, under a mask without these bits. */
const LEAST_MASKED = 4;

/** More single values are not searched for ones that differ in few bits. */
const MOST_SEARCHED = 256;

/** Longer lists of values are cut before they are optimised: they are rare, and must not take seconds. */
const VALUES_TOGETHER = 20;

/** The weights of values in the set and outside it. Both occur, but values that a rule names are more frequent. */
const INSIDE = 2;
const OUTSIDE = 1;

/** Builds the test that a field has one of many values: a search for the high word, if it has one, and one for the low word. */
export function setTest(
  graph: PredicateGraph,
  { field, intervals }: ValueSet,
  then: PredicateNode,
  otherwise: PredicateNode,
): PredicateNode {
  const { width } = field;
  const offset = argumentOffset(field.argument);
  const all = BigInt.asUintN(width, -1n);
  const cubes = maskedValues(intervals);
  const rest = intervals.filter(({ first }) => !cubes.some(({ free, value }) => (first & ~free) === value));
  const searched =
    width === 32
      ? lowSearch(graph, offset, rest, then, otherwise)
      : highSearch(graph, offset, rest, then, otherwise);
  return cubes.reduceRight(
    (next, { free, value }) =>
      graph.test({ offset, width, mask: all & ~free, comparison: '==', value }, then, next),
    searched,
  );
}

/** Single values that are all there is under a mask: `free` are the bits in which they differ. */
function maskedValues(intervals: readonly Interval[]): readonly { free: bigint; value: bigint }[] {
  const single = new Set(intervals.filter(({ first, last }) => first === last).map(({ first }) => first));
  if (single.size < LEAST_MASKED || single.size > MOST_SEARCHED) return [];
  const found: { free: bigint; value: bigint }[] = [];
  for (const seed of [...single]) {
    if (!single.has(seed)) continue;
    let members = [seed];
    let free = 0n;
    for (const other of single) {
      const bit = seed ^ other;
      const isBit = bit !== 0n && (bit & (bit - 1n)) === 0n && (free & bit) === 0n;
      if (!isBit || !members.every((member) => single.has(member ^ bit))) continue;
      free |= bit;
      members = members.flatMap((member) => [member, member ^ bit]);
    }
    if (members.length < LEAST_MASKED) continue;
    found.push({ free, value: seed & ~free });
    for (const member of members) single.delete(member);
  }
  return found;
}

/** The segments of all words, as these starts divide them. */
function segmentsAt(
  starts: readonly number[],
  node: (first: number) => PredicateNode,
  otherwise: PredicateNode,
): readonly Segment<PredicateNode>[] {
  const ordered = [...new Set([0, ...starts])].filter((start) => start <= WORD).sort((a, b) => a - b);
  return ordered.map((first, index) => {
    const way = node(first);
    const last = (ordered[index + 1] ?? WORD + 1) - 1;
    return { first, last, node: way, weight: way === otherwise ? OUTSIDE : INSIDE };
  });
}

function lowSearch(
  graph: PredicateGraph,
  offset: number,
  intervals: readonly Interval[],
  then: PredicateNode,
  otherwise: PredicateNode,
): PredicateNode {
  const starts = intervals.flatMap(({ first, last }) => [Number(first), Number(last) + 1]);
  const inside = new Set(intervals.map(({ first }) => Number(first)));
  const segments = segmentsAt(starts, (first) => (inside.has(first) ? then : otherwise), otherwise);
  const field = { offset, width: 32, mask: BigInt(WORD) } as const;
  return searchTree(segments, VALUES_TOGETHER, {
    atLeast: (number, yes, no) => graph.test({ ...field, comparison: '>=', value: BigInt(number) }, yes, no),
    equal: (number, yes, no) => graph.test({ ...field, comparison: '==', value: BigInt(number) }, yes, no),
  });
}

function highSearch(
  graph: PredicateGraph,
  offset: number,
  intervals: readonly Interval[],
  then: PredicateNode,
  otherwise: PredicateNode,
): PredicateNode {
  const parts = new Map<number, Interval[]>();
  const starts: number[] = [];
  const whole = new Set<number>();
  const add = (word: number, first: bigint, last: bigint): void => {
    parts.set(word, [...(parts.get(word) ?? []), { first, last }]);
    starts.push(word, word + 1);
  };
  for (const { first, last } of intervals) {
    const [from, to] = [Number(first >> WORD_BITS), Number(last >> WORD_BITS)];
    const [low, high] = [BigInt.asUintN(32, first), BigInt.asUintN(32, last)];
    if (from === to) {
      add(from, low, high);
      continue;
    }
    add(from, low, BigInt(WORD));
    if (to > from + 1) whole.add(from + 1);
    add(to, 0n, high);
  }
  const node = (word: number): PredicateNode => {
    if (whole.has(word)) return then;
    const part = parts.get(word);
    return part === undefined ? otherwise : lowSearch(graph, offset, part, then, otherwise);
  };
  // Under this mask only the high word is looked at.
  const field = { offset, width: 64, mask: BigInt(WORD) << WORD_BITS } as const;
  return searchTree(segmentsAt(starts, node, otherwise), VALUES_TOGETHER, {
    atLeast: (number, yes, no) =>
      graph.test({ ...field, comparison: '>=', value: BigInt(number) << WORD_BITS }, yes, no),
    equal: (number, yes, no) =>
      graph.test({ ...field, comparison: '==', value: BigInt(number) << WORD_BITS }, yes, no),
  });
}
