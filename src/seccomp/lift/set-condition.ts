import type { ArgumentIndex, Comparison, Condition } from '../condition.ts';
import type { Diagram, Diagrams } from '../prove/diagram.ts';
import { coverOf } from './cover.ts';
import { argumentLevel, FIELD_BITS } from './fields.ts';
import { valueRanges } from './ranges.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;

/** A condition with more tests than this is unreadable. */
const MOST_TESTS = 256;

/** The tests of one set of values, or of those that are not in it. */
interface Wording {
  readonly condition: Condition;
  readonly tests: number;
}

/** The shortest condition found for a test of one argument's bits: ranges, masks, or the opposite of those. `undefined`: none. */
export function setCondition(
  diagrams: Diagrams,
  argument: ArgumentIndex,
  values: Diagram,
): Condition | undefined {
  const words = new SetWords(diagrams, argument, values);
  const wordings = [
    words.byRanges(values),
    oppositeWording(words.byRanges(diagrams.not(values))),
    words.byMasks(values),
    oppositeWording(words.byMasks(diagrams.not(values))),
  ].filter((wording) => wording !== undefined);
  const [shortest] = wordings.sort((a, b) => a.tests - b.tests);
  return shortest?.condition;
}

const OPPOSITE: Readonly<Record<Comparison, Comparison>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

function oppositeWording(wording: Wording | undefined): Wording | undefined {
  if (wording === undefined) return undefined;
  const { condition, tests } = wording;
  // Of two that are as long the positive one reads better.
  return { condition: opposite(condition), tests: condition.kind === 'compare' ? tests : tests + 0.5 };
}

/** A condition that holds where the other one does not, and is no longer. */
export function opposite(condition: Condition): Condition {
  switch (condition.kind) {
    case 'true':
      return { kind: 'false' };
    case 'false':
      return { kind: 'true' };
    case 'not':
      return condition.term;
    case 'compare':
      return { ...condition, comparison: OPPOSITE[condition.comparison] };
    default:
      return { kind: 'not', term: condition };
  }
}

function union(terms: readonly Condition[], tests: number): Wording | undefined {
  const [first] = terms;
  if (first === undefined) return undefined;
  return { condition: terms.length === 1 ? first : { kind: 'or', terms }, tests };
}

function isPowerOfTwo(value: bigint): boolean {
  return value > 2n && (value & (value - 1n)) === 0n;
}

class SetWords {
  readonly #diagrams: Diagrams;
  readonly #argument: ArgumentIndex;
  /** 32 when no bit of the high word counts. */
  readonly #width: 32 | 64;

  constructor(diagrams: Diagrams, argument: ArgumentIndex, values: Diagram) {
    this.#diagrams = diagrams;
    this.#argument = argument;
    this.#width = diagrams.level(values) >= argumentLevel(argument) + 32 ? 32 : 64;
  }

  byRanges(values: Diagram): Wording | undefined {
    const ranges = valueRanges(this.#diagrams, values, {
      level: this.#firstLevel,
      bits: this.#width,
      most: 2 * MOST_TESTS,
    });
    const terms = ranges
      ?.filter(({ node }) => node === this.#diagrams.always)
      .flatMap(({ first, last }) => this.#range(first, last));
    return terms === undefined
      ? undefined
      : union(
          terms,
          terms.reduce((sum, term) => sum + (term.kind === 'and' ? 2 : 1), 0),
        );
  }

  /** One test of a mask for each set of bits that is enough. */
  byMasks(values: Diagram): Wording | undefined {
    const terms = coverOf(this.#diagrams, values, MOST_TESTS)?.map((cube): Compare => {
      let [mask, value] = [0n, 0n];
      for (const [level, bit] of cube) {
        const place = 1n << BigInt(this.#firstLevel + this.#width - 1 - level);
        mask |= place;
        if (bit === 1) value |= place;
      }
      return this.#compare('==', value, mask);
    });
    return terms === undefined
      ? undefined
      : union(
          terms,
          terms.reduce((sum, { mask }) => sum + this.#effort(mask), 0),
        );
  }

  /** A mask of most bits is harder to read than the few values that it stands for. */
  #effort(mask: bigint): number {
    const bits = mask.toString(2).replaceAll('0', '').length;
    return bits > this.#width / 2 && bits < this.#width ? 4 : 1;
  }

  get #firstLevel(): number {
    return argumentLevel(this.#argument) + FIELD_BITS - this.#width;
  }

  #range(first: bigint, last: bigint): readonly Condition[] {
    const largest = BigInt.asUintN(this.#width, -1n);
    if (first === last) return [this.#compare('==', first)];
    if (last === largest) return [this.#compare('>=', first)];
    // 4096 is more likely to have been meant than 4095.
    if (first === 0n)
      return [isPowerOfTwo(last + 1n) ? this.#compare('<', last + 1n) : this.#compare('<=', last)];
    if (last - first === 1n) return [this.#compare('==', first), this.#compare('==', last)];
    return [{ kind: 'and', terms: [this.#compare('>=', first), this.#compare('<=', last)] }];
  }

  #compare(comparison: Comparison, value: bigint, mask: bigint = BigInt.asUintN(this.#width, -1n)): Compare {
    return { kind: 'compare', argument: this.#argument, width: this.#width, mask, comparison, value };
  }
}
