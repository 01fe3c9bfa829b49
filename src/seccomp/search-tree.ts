/** Consecutive numbers that go the same way on. */
export interface Segment<Node> {
  readonly first: number;
  readonly last: number;
  readonly node: Node;
  /** How often it is looked for, beside the others; a whole number, so that sums are exact. */
  readonly weight: number;
}

/** How tests of the number that is looked for are made. */
export interface NumberTests<Node> {
  readonly atLeast: (number: number, then: Node, otherwise: Node) => Node;
  readonly equal: (number: number, then: Node, otherwise: Node) => Node;
}

/** Numbers that are much looked for and may be tested for before a cut. Up to `FEW` segments all numbers may be. */
const MOST_EARLY = 4;
const FEW = 9;

/** A number is much looked for from this part of the whole weight on. */
const EARLY_PART = 0.05;

/** One more test in the program counts like this part of the whole weight, looked for with one test more. */
const TEST_PART = 1 / 64;

/** No chain of tests for single numbers is longer; cuts make long ones cheaper. */
const LONGEST_CHAIN = 10;

/** What to do with the segments that are left of an interval. `equal`: one number; `chain`: all but one way on. */
type Step =
  | { readonly kind: 'end'; readonly index: number }
  | { readonly kind: 'chain'; readonly base: number; readonly tested: readonly number[] }
  | { readonly kind: 'equal'; readonly index: number }
  | { readonly kind: 'cut'; readonly index: number };

interface Found {
  readonly cost: number;
  readonly step: Step;
}

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
  if (segments.length <= most) return new Search(segments, tests).tree();
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

/** Where to cut a list of at least two, so that both parts weigh as much as each other. */
function balance<Node>(segments: readonly Segment<Node>[]): number {
  const total = segments.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const cut = segments.findIndex(({ weight }) => {
    before += weight;
    return before - weight / 2 >= total / 2;
  });
  return Math.min(Math.max(cut, 1), segments.length - 1);
}

/** Dynamic programming over intervals of segments, and over which of the early numbers are tested for already. */
class Search<Node> {
  private readonly segments: readonly Segment<Node>[];
  private readonly tests: NumberTests<Node>;
  /** The segments that may be tested for before a cut, in order. */
  private readonly early: readonly number[];
  private readonly perTest: number;
  private readonly found = new Map<number, Found>();

  constructor(segments: readonly Segment<Node>[], tests: NumberTests<Node>) {
    this.segments = segments;
    this.tests = tests;
    const total = segments.reduce((sum, { weight }) => sum + weight, 0);
    this.perTest = total * TEST_PART;
    const few = segments.length <= FEW;
    this.early = segments
      .map(({ first, last, weight }, index) => ({ index, single: first === last, weight }))
      .filter(({ single, weight }) => single && (few || weight >= total * EARLY_PART))
      .sort((a, b) => b.weight - a.weight || a.index - b.index)
      .slice(0, few ? FEW : MOST_EARLY)
      .map(({ index }) => index)
      .sort((a, b) => a - b);
  }

  tree(): Node {
    return this.build(0, this.segments.length - 1, 0);
  }

  private at(index: number): Segment<Node> {
    const segment = this.segments[index];
    if (segment === undefined) throw new RangeError(`there is no segment ${index}`);
    return segment;
  }

  /** The segments of an interval that are not tested for already. */
  private left(from: number, to: number, gone: number): readonly number[] {
    const indexes: number[] = [];
    for (let index = from; index <= to; index += 1) {
      const bit = gone === 0 ? -1 : this.early.indexOf(index);
      if (bit < 0 || (gone & (1 << bit)) === 0) indexes.push(index);
    }
    return indexes;
  }

  /** Of what is gone, the part that lies in the interval, so that one state has one name. */
  private within(from: number, to: number, gone: number): number {
    return this.early.reduce(
      (bits, index, bit) => (index >= from && index <= to ? bits | (gone & (1 << bit)) : bits),
      0,
    );
  }

  private best(from: number, to: number, gone: number): Found {
    const bits = gone === 0 ? 0 : this.within(from, to, gone);
    const key = ((from * this.segments.length + to) << FEW) | bits;
    const known = this.found.get(key);
    if (known !== undefined) return known;
    const found = this.look(from, to, bits);
    this.found.set(key, found);
    return found;
  }

  private look(from: number, to: number, gone: number): Found {
    const left = this.left(from, to, gone);
    const [first = from] = left;
    const { node } = this.at(first);
    if (left.every((index) => this.at(index).node === node))
      return { cost: 0, step: { kind: 'end', index: first } };
    const weight = left.reduce((sum, index) => sum + this.at(index).weight, 0) + this.perTest;
    let best = this.chain(left);
    const offer = (cost: number, step: Step): void => {
      if (best === undefined || cost < best.cost) best = { cost, step };
    };
    let before = node;
    for (const index of left) {
      const segment = this.at(index);
      if (segment.node !== before) {
        before = segment.node;
        const cost = this.best(from, index - 1, gone).cost + this.best(index, to, gone).cost;
        offer(weight + cost, { kind: 'cut', index });
      }
    }
    this.early.forEach((index, bit) => {
      if (index < from || index > to || (gone & (1 << bit)) !== 0) return;
      offer(weight + this.best(from, to, gone | (1 << bit)).cost, { kind: 'equal', index });
    });
    if (best === undefined) throw new RangeError('two ways on are told apart by no test');
    return best;
  }

  /** Tests for one number after the other, the heaviest first, until only one way on is left. */
  private chain(left: readonly number[]): Found | undefined {
    let best: Found | undefined;
    for (const base of this.bases(left)) {
      const { node } = this.at(base);
      const tested = left.filter((index) => this.at(index).node !== node);
      if (tested.length > LONGEST_CHAIN) continue;
      tested.sort((a, b) => this.at(b).weight - this.at(a).weight || a - b);
      let cost = this.perTest * tested.length;
      for (const index of left)
        if (this.at(index).node === node) cost += this.at(index).weight * tested.length;
      for (const [place, index] of tested.entries()) cost += this.at(index).weight * (place + 1);
      if (best === undefined || cost < best.cost) best = { cost, step: { kind: 'chain', base, tested } };
    }
    return best;
  }

  /** A segment of each way on that can be what remains when all others are tested for: they are single numbers. */
  private bases(left: readonly number[]): readonly number[] {
    let wide: number | undefined;
    const ways = new Map<Node, number>();
    for (const index of left) {
      const { first, last, node } = this.at(index);
      if (!ways.has(node)) ways.set(node, index);
      if (first === last) continue;
      if (wide !== undefined && this.at(wide).node !== node) return [];
      wide = index;
    }
    return wide === undefined ? [...ways.values()] : [wide];
  }

  private build(from: number, to: number, gone: number): Node {
    const { step } = this.best(from, to, gone);
    const segment = this.at(step.kind === 'chain' ? step.base : step.index);
    switch (step.kind) {
      case 'end':
        return segment.node;
      case 'chain':
        return step.tested.reduceRight((otherwise, index) => {
          const { first, node } = this.at(index);
          return this.tests.equal(first, node, otherwise);
        }, segment.node);
      case 'equal': {
        const bit = 1 << this.early.indexOf(step.index);
        return this.tests.equal(segment.first, segment.node, this.build(from, to, gone | bit));
      }
      case 'cut':
        return this.tests.atLeast(
          segment.first,
          this.build(step.index, to, gone),
          this.build(from, step.index - 1, gone),
        );
    }
  }
}
