import type { Condition } from '../condition.ts';
import type { Diagram, Diagrams } from '../prove/diagram.ts';
import { firstLevel, WORD_ARCH, WORD_NR } from '../prove/words.ts';
import { exampleOf } from './example.ts';
import { FIELD_BITS, INSTRUCTION_POINTER_LEVEL } from './fields.ts';
import { liftCondition } from './lift-condition.ts';
import { partition } from './partition.ts';
import { valueRanges } from './ranges.ts';
import { TooComplexToSayError } from './too-complex.ts';

/** Addresses behind the instruction that makes a call; both ends belong to it. */
export interface Addresses {
  readonly first: bigint;
  readonly last: bigint;
}

/** One answer to a call, and when it is given. */
export interface LiftedCase {
  readonly answer: number;
  /** The place that the call is made from; `undefined`: any place. */
  readonly from: readonly Addresses[] | undefined;
  readonly condition: Condition;
  /** True when the condition holds for all these calls. Otherwise it is one of them, because the whole would be unreadable. */
  readonly isWhole: boolean;
}

/** Call numbers that are decided alike; both ends belong to it. */
export interface LiftedCalls {
  readonly first: number;
  readonly last: number;
  /** No two cases hold for one call, and together they hold for all. */
  readonly cases: readonly LiftedCase[];
}

/** Above this many ranges of numbers or addresses a decision is no list of calls. */
const MOST_RANGES = 4096;

/** Returns the diagram for one value of `arch`. It looks at the number, the place and the arguments of a call. */
export function ofArchitecture(diagrams: Diagrams, diagram: Diagram, arch: number): Diagram {
  let node = diagram;
  for (;;) {
    const level = diagrams.level(node);
    if (level >= firstLevel(WORD_ARCH) + 32) return node;
    node = ((arch >>> (31 - level)) & 1) === 1 ? diagrams.high(node) : diagrams.low(node);
  }
}

/** The parts of a decision that are left out. */
export interface LiftOptions {
  /** Cases with this answer are left out. */
  readonly unless: number;
  /** The decision about calls from below this address does not matter. */
  readonly firstAddress: bigint;
}

/**
 * Says a diagram that does not look at `arch` in words: for all call numbers, in their order. Throws a
 * `TooComplexToSayError` for decisions that are no list of calls.
 */
export function liftCalls(
  diagrams: Diagrams,
  diagram: Diagram,
  options: LiftOptions,
): readonly LiftedCalls[] {
  const ranges = valueRanges(diagrams, diagram, { level: firstLevel(WORD_NR), bits: 32, most: MOST_RANGES });
  if (ranges === undefined) throw new TooComplexToSayError();
  const known = new Map<Diagram, readonly LiftedCase[]>();
  return ranges.map(({ first, last, node }) => {
    const cases = known.get(node) ?? liftCases(diagrams, node, options);
    known.set(node, cases);
    return { first: Number(first), last: Number(last), cases };
  });
}

function liftCases(
  diagrams: Diagrams,
  diagram: Diagram,
  { unless, firstAddress }: LiftOptions,
): readonly LiftedCase[] {
  const isAnywhere = diagrams.level(diagram) >= INSTRUCTION_POINTER_LEVEL + FIELD_BITS;
  if (isAnywhere) return casesOf(diagrams, diagram, undefined, unless);
  const parts = partition(diagrams, diagram, INSTRUCTION_POINTER_LEVEL)
    .map(({ values, rest }) => ({ from: addresses(diagrams, values), rest }))
    .filter(({ from }) => from.some(({ last }) => last >= firstAddress));
  return parts.flatMap(({ from, rest }) =>
    casesOf(diagrams, rest, parts.length === 1 ? undefined : from, unless),
  );
}

function casesOf(
  diagrams: Diagrams,
  diagram: Diagram,
  from: readonly Addresses[] | undefined,
  unless: number,
): readonly LiftedCase[] {
  return answersOf(diagrams, diagram)
    .filter((answer) => answer !== unless)
    .map((answer) => {
      const test = diagrams.map((given) => (given === answer ? 1 : 0), diagram);
      return { answer, from, ...wholeOrExample(diagrams, test) };
    });
}

function wholeOrExample(diagrams: Diagrams, test: Diagram): Pick<LiftedCase, 'condition' | 'isWhole'> {
  try {
    return { condition: liftCondition(diagrams, test), isWhole: true };
  } catch (error) {
    if (!(error instanceof TooComplexToSayError)) throw error;
    return { condition: exampleOf(diagrams, test), isWhole: false };
  }
}

function addresses(diagrams: Diagrams, values: Diagram): readonly Addresses[] {
  const ranges = valueRanges(diagrams, values, {
    level: INSTRUCTION_POINTER_LEVEL,
    bits: FIELD_BITS,
    most: MOST_RANGES,
  });
  if (ranges === undefined) throw new TooComplexToSayError();
  return ranges.filter(({ node }) => node === diagrams.always).map(({ first, last }) => ({ first, last }));
}

/** Every answer that a diagram can give. */
export function answersOf(diagrams: Diagrams, diagram: Diagram): readonly number[] {
  const answers: number[] = [];
  const seen = new Set<Diagram>();
  const visit = (node: Diagram): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (diagrams.isAnswer(node)) {
      answers.push(diagrams.value(node));
      return;
    }
    visit(diagrams.low(node));
    visit(diagrams.high(node));
  };
  visit(diagram);
  return answers;
}
