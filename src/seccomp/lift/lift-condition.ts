import type { ArgumentIndex, Condition } from '../condition.ts';
import type { Diagram, Diagrams } from '../prove/diagram.ts';
import { argumentLevel, argumentOfLevel } from './fields.ts';
import { type Part, partition } from './partition.ts';
import { opposite, setCondition } from './set-condition.ts';
import { simplified } from './simplify.ts';
import { TooComplexToSayError } from './too-complex.ts';

/** A condition with more comparisons than this is unreadable. */
const MOST_COMPARISONS = 1024;

/** A test with more parts than this has no condition that is short enough. */
const MOST_PARTS = 4096;

/** A condition that was found, and how long it is. */
interface Wording {
  readonly condition: Condition;
  readonly length: number;
}

/**
 * Returns a condition that holds for exactly the calls of a test which looks at arguments only. Throws a `TooComplexToSayError`
 * for one that takes too many tests to be readable.
 */
export function liftCondition(diagrams: Diagrams, test: Diagram): Condition {
  const found = new ConditionWords(diagrams).shortest(test);
  if (found === undefined) throw new TooComplexToSayError();
  return found.condition;
}

class ConditionWords {
  readonly #diagrams: Diagrams;
  readonly #known = new Map<Diagram, Wording | undefined>();
  #parts = 0;

  constructor(diagrams: Diagrams) {
    this.#diagrams = diagrams;
  }

  /** Returns the shorter of two wordings: the condition for the calls of a test, or the opposite of that for all others. */
  shortest(node: Diagram): Wording | undefined {
    if (node === this.#diagrams.always) return { condition: { kind: 'true' }, length: 0 };
    if (node === this.#diagrams.never) return { condition: { kind: 'false' }, length: 0 };
    if (this.#known.has(node)) return this.#known.get(node);
    const positive = this.#direct(node);
    const negative = positive?.length === 1 ? undefined : this.#direct(this.#diagrams.not(node));
    const isShorter = negative !== undefined && (positive === undefined || negative.length < positive.length);
    const chosen = isShorter
      ? { condition: opposite(negative.condition), length: negative.length }
      : positive;
    this.#known.set(node, chosen);
    return chosen;
  }

  /** Puts a test into words by the values of its first argument, each with their tests of the other arguments. */
  #direct(node: Diagram): Wording | undefined {
    const diagrams = this.#diagrams;
    const argument = argumentOfLevel(diagrams.level(node));
    if (argument === undefined) throw new RangeError('a condition looks at arguments only');
    const parts = partition(diagrams, node, argumentLevel(argument)).filter(
      ({ rest }) => rest !== diagrams.never,
    );
    this.#parts += parts.length;
    if (this.#parts > MOST_PARTS) return undefined;
    // A rest that lets nothing more in by itself needs no values, and no other part needs to repeat it.
    const isEnough = ({ rest }: Part): boolean => diagrams.and(rest, diagrams.not(node)) === diagrams.never;
    const whole = parts.filter(isEnough).map(({ rest }) => rest);
    const open = diagrams.not(whole.reduce((sum, rest) => diagrams.or(sum, rest), diagrams.never));
    const terms: (Wording | undefined)[] = [
      ...parts.filter((part) => !isEnough(part)).map((part) => this.#part(argument, part, open)),
      ...whole.map((rest) => this.shortest(rest)),
    ];
    const complete = terms.filter((term) => term !== undefined);
    const length = complete.reduce((sum, term) => sum + term.length, 0);
    if (complete.length < terms.length || length > MOST_COMPARISONS) return undefined;
    const all = complete.flatMap(({ condition }) => alternatives(condition));
    const [first] = all;
    const condition: Condition = all.length === 1 && first !== undefined ? first : { kind: 'or', terms: all };
    return { condition, length };
  }

  /** Puts values of an argument into words, with their tests of the other arguments, as far as those are still open. */
  #part(argument: ArgumentIndex, { values, rest }: Part, open: Diagram): Wording | undefined {
    const diagrams = this.#diagrams;
    const here = setCondition(diagrams, argument, values);
    if (here === undefined) return undefined;
    const wordings = [rest, diagrams.and(rest, open), simplified(diagrams, rest, open)].map((one) =>
      this.shortest(one),
    );
    const [other] = wordings.filter((one) => one !== undefined).sort((one, two) => one.length - two.length);
    if (other === undefined) return undefined;
    return { condition: both(here, other.condition), length: comparisonsIn(here) + other.length };
  }
}

function alternatives(condition: Condition): readonly Condition[] {
  return condition.kind === 'or' ? condition.terms : [condition];
}

function both(first: Condition, second: Condition): Condition {
  if (first.kind === 'true') return second;
  if (second.kind === 'true') return first;
  const terms = [first, second].flatMap((term) =>
    term.kind === 'and' && !isRange(term.terms) ? term.terms : [term],
  );
  return { kind: 'and', terms };
}

/** Both ends of one range, which is said in one piece. */
function isRange(terms: readonly Condition[]): boolean {
  const [low, high] = terms;
  return (
    terms.length === 2 &&
    low?.kind === 'compare' &&
    high?.kind === 'compare' &&
    low.argument === high.argument
  );
}

function comparisonsIn(condition: Condition): number {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.reduce((sum, term) => sum + comparisonsIn(term), 0);
    case 'not':
      return comparisonsIn(condition.term);
    case 'compare':
      return 1;
    default:
      return 0;
  }
}
