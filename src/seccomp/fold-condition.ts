import type { Condition } from './condition.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;

/** A condition without constant parts: `true` and `false` remain only as the whole, and no `and` holds an `and`. */
export function foldCondition(condition: Condition): Condition {
  switch (condition.kind) {
    case 'true':
    case 'false':
      return condition;
    case 'and':
    case 'or':
      return foldTerms(condition.kind, condition.terms);
    case 'not':
      return negate(foldCondition(condition.term));
    case 'compare':
      return foldCompare(condition);
  }
}

/** The opposite of a folded condition. */
function negate(term: Condition): Condition {
  switch (term.kind) {
    case 'true':
      return { kind: 'false' };
    case 'false':
      return { kind: 'true' };
    case 'not':
      return term.term;
    default:
      return { kind: 'not', term };
  }
}

function foldTerms(kind: 'and' | 'or', terms: readonly Condition[]): Condition {
  const neutral = kind === 'and' ? 'true' : 'false';
  const absorbing = kind === 'and' ? 'false' : 'true';
  const folded: Condition[] = [];
  for (const term of terms) {
    const simple = foldCondition(term);
    if (simple.kind === absorbing) return { kind: absorbing };
    if (simple.kind === neutral) continue;
    if (simple.kind === kind) folded.push(...simple.terms);
    else folded.push(simple);
  }
  const [first] = folded;
  if (first === undefined) return { kind: neutral };
  return folded.length === 1 ? first : { kind, terms: folded };
}

function foldCompare(compare: Compare): Condition {
  const outcome = constantOutcome(compare);
  return outcome === undefined ? compare : { kind: outcome ? 'true' : 'false' };
}

/**
 * Returns the outcome of the test if it is the same for every argument, else `undefined`. A masked argument is at most the
 * mask.
 */
function constantOutcome({ mask, comparison, value }: Compare): boolean | undefined {
  const largest = mask;
  switch (comparison) {
    case '==':
    case '!=':
      if ((value & ~mask) !== 0n) return comparison === '!=';
      return mask === 0n ? comparison === '==' : undefined;
    case '<':
      if (value === 0n) return false;
      return value > largest ? true : undefined;
    case '>=':
      if (value === 0n) return true;
      return value > largest ? false : undefined;
    case '<=':
      return value >= largest ? true : undefined;
    case '>':
      return value >= largest ? false : undefined;
  }
}
