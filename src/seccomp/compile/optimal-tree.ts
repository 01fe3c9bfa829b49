/*
 * The recurrence of the tree with the least cost. A state (from, to, gone) is an interval of segments, and the early
 * numbers in it that are tested for already. `left` are the segments of the interval that are not gone, `weight` is the
 * sum of their weights, and p is the price of one more test in the program. cost(from, to, gone) is the least of
 *
 *   end    0, if all of left go one way
 *   chain  1 * weight(t1) + ... + n * weight(tn) + n * weight(rest) + n * p
 *            number == t1? ... number == tn?, where the rest go one way, the t are all others, single numbers, the
 *            heaviest first, and n <= LONGEST_CHAIN
 *   cut    weight + p + cost(from, c - 1, gone) + cost(c, to, gone)
 *            number >= first of c?, for each c of left that goes another way than the segment before it in left
 *   early  weight + p + cost(from, to, gone + e)
 *            number == e?, for each early number e of left
 *
 * Every search in the state makes its test, so a test costs their weight: the tree has the fewest tests on average, and
 * few in all, as p says. Of equal costs the first line counts, then the lower number. A chain is made of early tests
 * alone, and its numbers need not be early ones.
 *
 * With n segments and m early numbers there are at most n^2 * 2^m states, each with at most n + m tests to choose from. m
 * is at most MOST_EARLY, or FEW when n is at most FEW.
 */
import type { NumberTests, Segment } from './segment.ts';

/** Numbers that are much looked for and may be tested for before a cut. Up to `FEW` segments all numbers may be. */
const MOST_EARLY = 4;
const FEW = 9;

/** A number is much looked for from this part of the whole weight on. */
export const EARLY_PART = 0.05;

/** The price p: a test more in the program counts like this part of the whole weight, looked for with one test more. */
const TEST_PART = 1 / 64;

/** No chain of tests for single numbers is longer; cuts make long ones cheaper. */
const LONGEST_CHAIN = 10;

/** The tests that a state begins with: all of a chain, else one. `base` is a segment of the way that remains. */
type Tests =
  | { readonly kind: 'end'; readonly index: number }
  | { readonly kind: 'chain'; readonly base: number; readonly tested: readonly number[] }
  | { readonly kind: 'cut'; readonly index: number }
  | { readonly kind: 'early'; readonly index: number };

interface Choice {
  readonly cost: number;
  readonly tests: Tests;
}

interface State {
  readonly from: number;
  readonly to: number;
  /** The bits of the early numbers that are tested for already. */
  readonly gone: number;
  readonly left: readonly number[];
  readonly weight: number;
}

/** The tree of tests with the least cost that finds the segment of a number, by the recurrence above. */
export class OptimalTree<Node> {
  readonly #segments: readonly Segment<Node>[];
  readonly #build: NumberTests<Node>;
  /** The segments that may be tested for before a cut, in order. */
  readonly #early: readonly number[];
  /** The bit of each segment in the set of those that are tested for already; 0 if it is not an early one. */
  readonly #bits: readonly number[];
  /** p */
  readonly #price: number;
  /** The choices that are made, by state. */
  readonly #known = new Map<number, Choice>();

  constructor(segments: readonly Segment<Node>[], build: NumberTests<Node>) {
    this.#segments = segments;
    this.#build = build;
    const total = segments.reduce((sum, { weight }) => sum + weight, 0);
    this.#price = total * TEST_PART;
    this.#early = earlyNumbers(segments, total);
    this.#bits = segments.map((_, index) => {
      const place = this.#early.indexOf(index);
      return place < 0 ? 0 : 1 << place;
    });
  }

  tree(): Node {
    return this.#tree(0, this.#segments.length - 1, 0);
  }

  #tree(from: number, to: number, gone: number): Node {
    const { tests } = this.#best(from, to, gone);
    switch (tests.kind) {
      case 'end':
        return this.#at(tests.index).node;
      case 'chain':
        return tests.tested.reduceRight((otherwise, index) => {
          const { first, node } = this.#at(index);
          return this.#build.equal(first, node, otherwise);
        }, this.#at(tests.base).node);
      case 'cut': {
        const above = this.#tree(tests.index, to, gone);
        const below = this.#tree(from, tests.index - 1, gone);
        return this.#build.atLeast(this.#at(tests.index).first, above, below);
      }
      case 'early': {
        const { first, node } = this.#at(tests.index);
        return this.#build.equal(first, node, this.#tree(from, to, gone | this.#bit(tests.index)));
      }
    }
  }

  /** cost(from, to, gone), worked out once. Of what is gone only the part in the interval counts: one state, one name. */
  #best(from: number, to: number, gone: number): Choice {
    let inside = 0;
    if (gone !== 0)
      for (const index of this.#early) if (index >= from && index <= to) inside |= gone & this.#bit(index);
    const name = ((from * this.#segments.length + to) << FEW) | inside;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const choice = this.#choose(from, to, inside);
    this.#known.set(name, choice);
    return choice;
  }

  #choose(from: number, to: number, gone: number): Choice {
    const left: number[] = [];
    let weight = 0;
    for (let index = from; index <= to; index += 1) {
      if ((gone & this.#bit(index)) !== 0) continue;
      left.push(index);
      weight += this.#at(index).weight;
    }
    const end = this.#end(left, from);
    if (end !== undefined) return end;
    const state = { from, to, gone, left, weight };
    const least = this.#cheaperEarly(state, this.#cheaperCut(state, this.#chain(left)));
    if (least === undefined) throw new RangeError('two ways on are told apart by no test');
    return least;
  }

  /** `end`: they go one way, or all of the interval is gone. */
  #end(left: readonly number[], from: number): Choice | undefined {
    const [first = from] = left;
    const { node } = this.#at(first);
    if (left.some((index) => this.#at(index).node !== node)) return undefined;
    return { cost: 0, tests: { kind: 'end', index: first } };
  }

  /** `chain`: the cheapest one, of those with each way on that may remain. */
  #chain(left: readonly number[]): Choice | undefined {
    let least: Choice | undefined;
    for (const base of this.#bases(left)) {
      const { node } = this.#at(base);
      const tested = left.filter((index) => this.#at(index).node !== node);
      if (tested.length > LONGEST_CHAIN) continue;
      tested.sort((a, b) => this.#at(b).weight - this.#at(a).weight || a - b);
      let cost = tested.length * this.#price;
      for (const [place, index] of tested.entries()) cost += (place + 1) * this.#at(index).weight;
      for (const index of left)
        if (this.#at(index).node === node) cost += tested.length * this.#at(index).weight;
      if (isLess(cost, least)) least = { cost, tests: { kind: 'chain', base, tested } };
    }
    return least;
  }

  /** A segment of each way on that can be what remains when all others are tested for: they are single numbers. */
  #bases(left: readonly number[]): readonly number[] {
    let wide: number | undefined;
    for (const index of left) {
      const { first, last, node } = this.#at(index);
      if (first === last) continue;
      if (wide !== undefined && this.#at(wide).node !== node) return [];
      wide = index;
    }
    if (wide !== undefined) return [wide];
    const ways = new Map(left.map((index) => [this.#at(index).node, index]));
    return [...ways.values()];
  }

  /** `cut`: the cheapest one, if it costs less than the least cost so far. */
  #cheaperCut({ from, to, gone, left, weight }: State, sofar: Choice | undefined): Choice | undefined {
    let least = sofar;
    let before = left[0];
    for (const index of left) {
      const changes = before !== undefined && this.#at(index).node !== this.#at(before).node;
      before = index;
      if (!changes) continue;
      const below = weight + this.#price + this.#best(from, index - 1, gone).cost;
      // Later cuts have more below them.
      if (!isLess(below, least)) break;
      const cost = below + this.#best(index, to, gone).cost;
      if (isLess(cost, least)) least = { cost, tests: { kind: 'cut', index } };
    }
    return least;
  }

  /** `early`: the cheapest one, if it costs less than the least cost so far. */
  #cheaperEarly({ from, to, gone, weight }: State, sofar: Choice | undefined): Choice | undefined {
    let least = sofar;
    for (const index of this.#early) {
      if (index < from || index > to || (gone & this.#bit(index)) !== 0) continue;
      const cost = weight + this.#price + this.#best(from, to, gone | this.#bit(index)).cost;
      if (isLess(cost, least)) least = { cost, tests: { kind: 'early', index } };
    }
    return least;
  }

  #at(index: number): Segment<Node> {
    const segment = this.#segments[index];
    if (segment === undefined) throw new RangeError(`there is no segment ${index}`);
    return segment;
  }

  #bit(index: number): number {
    return this.#bits[index] ?? 0;
  }
}

/** Returns whether it costs less than the choice, if there is one. */
function isLess(cost: number, choice: Choice | undefined): boolean {
  return choice === undefined || cost < choice.cost;
}

/** The single numbers that are much looked for, in order. */
function earlyNumbers<Node>(segments: readonly Segment<Node>[], total: number): readonly number[] {
  const few = segments.length <= FEW;
  return segments
    .map(({ first, last, weight }, index) => ({ index, single: first === last, weight }))
    .filter(({ single, weight }) => single && (few || weight >= total * EARLY_PART))
    .sort((a, b) => b.weight - a.weight || a.index - b.index)
    .slice(0, few ? FEW : MOST_EARLY)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}
