import type { Architecture } from '../../kernel/architecture.ts';
import type { Span } from '../../policy/diagnostic.ts';
import type { Comparison, Condition } from '../condition.ts';
import { foldCondition } from '../fold-condition.ts';
import type { Compare } from './conjunction.ts';
import { unsayable } from './sayable.ts';

/** A test of another tool that the filter language has no words for, or that cannot be understood here. */
export interface Unsaid {
  readonly kind: 'unsaid';
  /** A sentence about the test. */
  readonly why: string;
  readonly help: string | undefined;
  readonly span: Span;
}

/** A condition of another tool. */
export type ForeignCondition =
  | { readonly kind: 'true' | 'false' }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly ForeignCondition[] }
  | { readonly kind: 'not'; readonly term: ForeignCondition }
  | { readonly kind: 'test'; readonly test: Compare; readonly span: Span }
  | Unsaid;

type Test = Extract<ForeignCondition, { kind: 'test' }>;

const INDICES = [0, 1, 2, 3, 4, 5] as const;

/** The number of an argument, from 0; `undefined` when calls have no such argument. */
export function argumentIndex(index: number): Compare['argument'] | undefined {
  return INDICES.find((candidate) => candidate === index);
}

/** A comparison of an argument under a mask. */
export function foreignTest(
  argument: Compare['argument'],
  width: 32 | 64,
  mask: bigint,
  comparison: Comparison,
  value: bigint,
  span: Span,
): Test {
  const cut = BigInt.asUintN(width, mask);
  return { kind: 'test', test: { kind: 'compare', argument, width, mask: cut, comparison, value }, span };
}

/** The parts of a condition that the filter language cannot say for this call. */
export function unsaidParts(
  condition: ForeignCondition,
  call: string,
  architecture: Architecture,
): ReadonlyMap<ForeignCondition, Unsaid> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return new Map(condition.terms.flatMap((term) => [...unsaidParts(term, call, architecture)]));
    case 'not':
      return unsaidParts(condition.term, call, architecture);
    case 'unsaid':
      return new Map([[condition, condition]]);
    case 'test': {
      const why = unsayable(condition.test, call, architecture);
      if (why === undefined) return new Map();
      return new Map([[condition, { kind: 'unsaid', why, help: undefined, span: condition.span }]]);
    }
    default:
      return new Map();
  }
}

/** The condition in our own form, with parts of it taken as met or not met. */
export function settleCondition(
  condition: ForeignCondition,
  taken: ReadonlyMap<ForeignCondition, boolean>,
): Condition {
  return foldCondition(settle(condition, taken));
}

function settle(condition: ForeignCondition, taken: ReadonlyMap<ForeignCondition, boolean>): Condition {
  const answer = taken.get(condition);
  if (answer !== undefined) return { kind: answer ? 'true' : 'false' };
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, terms: condition.terms.map((term) => settle(term, taken)) };
    case 'not':
      return { kind: 'not', term: settle(condition.term, taken) };
    case 'test':
      return condition.test;
    case 'unsaid':
      return { kind: 'false' };
    default:
      return condition;
  }
}
