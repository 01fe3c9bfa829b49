import type { Action } from '../action.ts';
import { decodeAction } from '../action-value.ts';
import { CANCELLED_CALL } from '../call-number.ts';
import { type LiftedCase, liftCalls } from '../lift/lift-calls.ts';
import { valueRanges } from '../lift/ranges.ts';
import { TooComplexToSayError } from '../lift/too-complex.ts';
import type { Diagram, Diagrams } from '../prove/diagram.ts';
import { firstLevel, WORD_ARCH } from '../prove/words.ts';

/** The direction of a change between two filters: which calls the second lets happen, compared with the first. */
export type Direction = 'wider' | 'narrower' | 'otherwise';

/** Calls that two filters answer differently. */
export interface Difference {
  readonly direction: Direction;
  readonly before: Action;
  readonly after: Action;
  /** Values of `arch`; both ends belong to it. */
  readonly architectures: { readonly first: number; readonly last: number };
  /** Call numbers; both ends belong to it. */
  readonly first: number;
  readonly last: number;
  readonly from: LiftedCase['from'];
  readonly condition: LiftedCase['condition'];
  /**
   * True when the condition covers all of these calls. Otherwise the condition is the smallest call that the filters answer so.
   */
  readonly isWhole: boolean;
}

/** Returns how far a call gets: it is denied (0), somebody else decides (1), it happens (2). */
function reach(action: Action): 0 | 1 | 2 {
  switch (action.kind) {
    case 'allow':
    case 'log':
      return 2;
    case 'trace':
    case 'user_notif':
      return 1;
    default:
      return 0;
  }
}

function direction(before: Action, after: Action): Direction {
  const step = reach(after) - reach(before);
  if (step === 0) return 'otherwise';
  return step > 0 ? 'wider' : 'narrower';
}

/** Stands for two equal answers; the others are numbered from 1. */
const SAME = 0;

/** The most kinds of `arch` values that a comparison tells apart. Filters know far fewer. */
const MOST_ARCHITECTURES = 256;

/** The smallest address that a process can have instructions at. Pages below `vm.mmap_min_addr` cannot be mapped. */
const FIRST_ADDRESS = 4096n;

/**
 * Returns the calls that two diagrams of the kernel's behavior answer differently, in the order of architectures and call
 * numbers. Calls from page 0, which no service can make, are left out.
 *
 * @throws TooComplexToSayError if the difference is no list of calls
 */
export function diffFilters(diagrams: Diagrams, before: Diagram, after: Diagram): readonly Difference[] {
  const pairs = new AnswerPairs();
  const differing = diagrams.combine((first, second) => pairs.number(first, second), before, after);
  const architectures = valueRanges(diagrams, differing, {
    level: firstLevel(WORD_ARCH),
    bits: 32,
    most: MOST_ARCHITECTURES,
  });
  if (architectures === undefined) throw new TooComplexToSayError();
  return architectures.flatMap((range) =>
    liftCalls(diagrams, range.node, { unless: SAME, firstAddress: FIRST_ADDRESS }).flatMap(
      ({ first, last, cases }) =>
        cases.map(({ answer, ...which }) => {
          const [was, is] = pairs.actions(answer);
          // The kernel does nothing for the number by which a tracer cancels a call, regardless of the
          // answer.
          const step = first === CANCELLED_CALL ? 'otherwise' : direction(was, is);
          const values = { first: Number(range.first), last: Number(range.last) };
          return { direction: step, before: was, after: is, architectures: values, first, last, ...which };
        }),
    ),
  );
}

/** Gives each pair of different answers a number, which is an answer of the diagram of both. */
class AnswerPairs {
  readonly #pairs: (readonly [number, number])[] = [];
  readonly #numbers = new Map<string, number>();

  number(first: number, second: number): number {
    if (first === second) return SAME;
    const key = `${first} ${second}`;
    const number = this.#numbers.get(key) ?? this.#pairs.push([first, second]);
    this.#numbers.set(key, number);
    return number;
  }

  actions(number: number): readonly [Action, Action] {
    const pair = this.#pairs[number - 1];
    if (pair === undefined) throw new RangeError(`no pair of answers has the number ${number}`);
    return [decodeAction(pair[0]), decodeAction(pair[1])];
  }
}
