import type { Condition } from '../condition.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;

/** The part of an argument that is compared. */
export type Field = Pick<Compare, 'argument' | 'width'>;

/** Consecutive values, both ends included. */
export interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

/** Values of one field: intervals in order, with gaps between them. */
export interface ValueSet {
  readonly field: Field;
  readonly intervals: readonly Interval[];
}

function largest({ width }: Field): bigint {
  return BigInt.asUintN(width, -1n);
}

function fieldKey({ argument, width }: Field): string {
  return `${argument}:${width}`;
}

/** The values for which a condition holds, if it tests one field only and without masks. */
export function valuesOf(condition: Condition): ValueSet | undefined {
  switch (condition.kind) {
    case 'compare':
      return condition.mask === largest(condition) ? compared(condition) : undefined;
    case 'not': {
      const set = valuesOf(condition.term);
      return set && complement(set);
    }
    case 'and':
    case 'or': {
      const sets = condition.terms.map(valuesOf);
      const [first] = sets;
      if (first === undefined) return undefined;
      const same = sets.filter((set) => set !== undefined && fieldKey(set.field) === fieldKey(first.field));
      return same.length === sets.length ? combine(condition.kind, same as readonly ValueSet[]) : undefined;
    }
    default:
      return undefined;
  }
}

function compared({ argument, width, comparison, value }: Compare): ValueSet {
  const field = { argument, width };
  const equal = { field, intervals: [{ first: value, last: value }] };
  const below = { field, intervals: value === 0n ? [] : [{ first: 0n, last: value - 1n }] };
  switch (comparison) {
    case '==':
      return equal;
    case '!=':
      return complement(equal);
    case '<':
      return below;
    case '>=':
      return complement(below);
    case '<=':
      return union([below, equal]);
    case '>':
      return complement(union([below, equal]));
  }
}

function combine(kind: 'and' | 'or', sets: readonly ValueSet[]): ValueSet {
  return kind === 'or' ? union(sets) : complement(union(sets.map(complement)));
}

function union(sets: readonly ValueSet[]): ValueSet {
  const [first] = sets;
  if (first === undefined) throw new RangeError('a union has at least one set');
  const intervals: Interval[] = [];
  const ordered = sets.flatMap((set) => set.intervals).sort((a, b) => (a.first < b.first ? -1 : 1));
  for (const interval of ordered) {
    const before = intervals.at(-1);
    if (before === undefined || interval.first > before.last + 1n) intervals.push(interval);
    else if (interval.last > before.last)
      intervals[intervals.length - 1] = { ...before, last: interval.last };
  }
  return { field: first.field, intervals };
}

function complement({ field, intervals }: ValueSet): ValueSet {
  const gaps: Interval[] = [];
  let next = 0n;
  for (const { first, last } of intervals) {
    if (first > next) gaps.push({ first: next, last: first - 1n });
    next = last + 1n;
  }
  if (next <= largest(field)) gaps.push({ first: next, last: largest(field) });
  return { field, intervals: gaps };
}

/**
 * Returns the terms of an `and` or an `or`. Those that test one field without masks are put together, all others stay as they
 * are. Conditions have no effects, so their order is free.
 */
export function gatherTerms(
  kind: 'and' | 'or',
  terms: readonly Condition[],
): readonly (Condition | ValueSet)[] {
  const gathered = new Map<string, { readonly terms: Condition[]; readonly sets: ValueSet[] }>();
  for (const [index, term] of terms.entries()) {
    const set = valuesOf(term);
    const key = set === undefined ? `${index}` : fieldKey(set.field);
    const group = gathered.get(key) ?? { terms: [], sets: [] };
    group.terms.push(term);
    if (set !== undefined) group.sets.push(set);
    gathered.set(key, group);
  }
  return [...gathered.values()].flatMap(({ terms: together, sets }): readonly (Condition | ValueSet)[] => {
    const [only] = together;
    const single = together.length === 1 && (only?.kind === 'compare' || sets.length === 0);
    return single ? together : [combine(kind, sets)];
  });
}
