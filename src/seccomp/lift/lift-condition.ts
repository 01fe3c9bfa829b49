import type { Condition } from '../condition.ts';
import type { Diagram, Diagrams } from '../prove/diagram.ts';
import { argumentAt, argumentLevel } from './fields.ts';
import { partition } from './partition.ts';
import { setCondition } from './set-condition.ts';
import { TooComplexToSayError } from './too-complex.ts';

/** More comparisons than this in one condition are read by nobody. */
const MOST_COMPARISONS = 1024;

/**
 * A condition that holds for exactly the calls of a test which looks at arguments only. Throws a
 * `TooComplexToSayError` for one that takes more tests than anybody would read.
 */
export function liftCondition(diagrams: Diagrams, test: Diagram): Condition {
  let comparisons = 0;
  const known = new Map<Diagram, Condition>();
  const count = (condition: Condition): Condition => {
    comparisons += comparisonsIn(condition);
    if (comparisons > MOST_COMPARISONS) throw new TooComplexToSayError();
    return condition;
  };
  const lift = (node: Diagram): Condition => {
    if (node === diagrams.always) return { kind: 'true' };
    if (node === diagrams.never) return { kind: 'false' };
    const before = known.get(node);
    if (before !== undefined) return count(before);
    const argument = argumentAt(diagrams.level(node));
    if (argument === undefined) throw new RangeError('a condition looks at arguments only');
    const [terms, last]: [Condition[], Condition[]] = [[], []];
    for (const { values, rest } of partition(diagrams, node, argumentLevel(argument))) {
      if (rest === diagrams.never) continue;
      // Where the rest alone lets nothing more in, the values need not be said.
      const isEnough = diagrams.and(rest, diagrams.not(node)) === diagrams.never;
      const here: Condition = isEnough ? { kind: 'true' } : count(setCondition(diagrams, argument, values));
      (isEnough ? last : terms).push(both(here, lift(rest)));
    }
    const all = [...terms, ...last].flatMap(alternatives);
    const [first] = all;
    const lifted: Condition = all.length === 1 && first !== undefined ? first : { kind: 'or', terms: all };
    known.set(node, lifted);
    return lifted;
  };
  return lift(test);
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
