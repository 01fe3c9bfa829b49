import type { NumberTests, Segment } from './segment.ts';

/** Numbers that are much looked for and may be tested for before a cut. Up to `FEW` segments all numbers may be. */
const MOST_EARLY = 4;
const FEW = 9;

/** A number is much looked for from this part of the whole weight on. */
export const EARLY_PART = 0.05;

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

/** What is to be known of the segments that are left of an interval before a test is chosen. */
interface Left {
  readonly indexes: readonly number[];
  readonly weight: number;
  readonly isUniform: boolean;
}

/** Dynamic programming over intervals of segments, and over which of the early numbers are tested for already. */
export class OptimalTree<Node> {
  private readonly segments: readonly Segment<Node>[];
  private readonly tests: NumberTests<Node>;
  /** The segments that may be tested for before a cut, in order. */
  private readonly early: readonly number[];
  /** The bit of each segment in the set of those that are tested for already; 0 if it is not an early one. */
  private readonly bits: readonly number[];
  private readonly perTest: number;
  /** By interval, while nothing is tested for. */
  private readonly whole: (Found | undefined)[] = [];
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
    this.bits = segments.map((_, index) => {
      const place = this.early.indexOf(index);
      return place < 0 ? 0 : 1 << place;
    });
  }

  tree(): Node {
    return this.build(0, this.segments.length - 1, 0);
  }

  private at(index: number): Segment<Node> {
    const segment = this.segments[index];
    if (segment === undefined) throw new RangeError(`there is no segment ${index}`);
    return segment;
  }

  private bit(index: number): number {
    return this.bits[index] ?? 0;
  }

  /** The segments of an interval that are not tested for already. */
  private left(from: number, to: number, gone: number): Left {
    const indexes: number[] = [];
    let weight = 0;
    let node: Node | undefined;
    let isUniform = true;
    for (let index = from; index <= to; index += 1) {
      if ((gone & this.bit(index)) !== 0) continue;
      const segment = this.at(index);
      if (indexes.length === 0) node = segment.node;
      else isUniform &&= segment.node === node;
      indexes.push(index);
      weight += segment.weight;
    }
    return { indexes, weight, isUniform };
  }

  private best(from: number, to: number, gone: number): Found {
    const interval = from * this.segments.length + to;
    if (gone === 0) {
      const whole = this.whole[interval] ?? this.look(from, to, 0);
      this.whole[interval] = whole;
      return whole;
    }
    // Of what is gone, only the part that lies in the interval, so that one state has one name.
    let bits = 0;
    for (const index of this.early) if (index >= from && index <= to) bits |= gone & this.bit(index);
    if (bits === 0) return this.best(from, to, 0);
    const key = (interval << FEW) | bits;
    const known = this.found.get(key);
    if (known !== undefined) return known;
    const found = this.look(from, to, bits);
    this.found.set(key, found);
    return found;
  }

  private look(from: number, to: number, gone: number): Found {
    const { indexes, weight, isUniform } = this.left(from, to, gone);
    const [first = from] = indexes;
    if (isUniform) return { cost: 0, step: { kind: 'end', index: first } };
    const testing = weight + this.perTest;
    const chain = this.chain(indexes);
    let cost = chain?.cost ?? Number.POSITIVE_INFINITY;
    let cut: number | undefined;
    let equal: number | undefined;
    let before = this.at(first).node;
    for (const index of indexes) {
      const { node } = this.at(index);
      if (node === before) continue;
      before = node;
      const below = testing + this.best(from, index - 1, gone).cost;
      if (below >= cost) break;
      const whole = below + this.best(index, to, gone).cost;
      if (whole >= cost) continue;
      cost = whole;
      cut = index;
    }
    for (const index of this.early) {
      if (index < from || index > to || (gone & this.bit(index)) !== 0) continue;
      const whole = testing + this.best(from, to, gone | this.bit(index)).cost;
      if (whole >= cost) continue;
      cost = whole;
      equal = index;
    }
    if (equal !== undefined) return { cost, step: { kind: 'equal', index: equal } };
    if (cut !== undefined) return { cost, step: { kind: 'cut', index: cut } };
    if (chain === undefined) throw new RangeError('two ways on are told apart by no test');
    return chain;
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
    for (const index of left) {
      const { first, last, node } = this.at(index);
      if (first === last) continue;
      if (wide !== undefined && this.at(wide).node !== node) return [];
      wide = index;
    }
    if (wide !== undefined) return [wide];
    const ways = new Map(left.map((index) => [this.at(index).node, index]));
    return [...ways.values()];
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
        return this.tests.equal(
          segment.first,
          segment.node,
          this.build(from, to, gone | this.bit(step.index)),
        );
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
