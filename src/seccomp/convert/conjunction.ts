import type { Condition } from '../condition.ts';

export type Compare = Extract<Condition, { kind: 'compare' }>;

/** Tests that must all hold; none: always. */
export type Conjunction = readonly Compare[];

/** The known bounds of one operand: an argument under one mask. */
interface Interval {
  readonly operand: Pick<Compare, 'argument' | 'width' | 'mask'>;
  low: bigint;
  high: bigint;
  readonly not: Set<bigint>;
}

/** The same tests, each operand with as few of them as can be; `undefined` when no call can meet them all. */
export function simplifyConjunction(compares: Conjunction): Conjunction | undefined {
  const intervals = new Map<string, Interval>();
  for (const { argument, width, mask, comparison, value } of compares) {
    const key = `${argument}:${width}&${mask}`;
    const known = intervals.get(key) ?? {
      operand: { argument, width, mask },
      low: 0n,
      high: mask,
      not: new Set(),
    };
    intervals.set(key, known);
    narrow(known, comparison, value);
  }
  const simple: Compare[] = [];
  for (const interval of intervals.values()) {
    const tests = testsOf(interval);
    if (tests === undefined) return undefined;
    simple.push(...tests);
  }
  return simple;
}

function narrow(interval: Interval, comparison: Compare['comparison'], value: bigint): void {
  const atLeast = (bound: bigint): void => {
    if (bound > interval.low) interval.low = bound;
  };
  const atMost = (bound: bigint): void => {
    if (bound < interval.high) interval.high = bound;
  };
  switch (comparison) {
    case '==':
      atLeast(value);
      atMost(value);
      break;
    case '!=':
      interval.not.add(value);
      break;
    case '<':
      atMost(value - 1n);
      break;
    case '<=':
      atMost(value);
      break;
    case '>':
      atLeast(value + 1n);
      break;
    case '>=':
      atLeast(value);
      break;
  }
}

function testsOf({ operand, low: from, high: to, not }: Interval): Conjunction | undefined {
  const { mask } = operand;
  let [low, high] = [from, to];
  while (low <= high && not.has(low)) low += 1n;
  while (high >= low && not.has(high)) high -= 1n;
  if (low > high || (low === high && (low & ~mask) !== 0n)) return undefined;
  const test = (comparison: Compare['comparison'], value: bigint): Compare => ({
    kind: 'compare',
    ...operand,
    comparison,
    value,
  });
  if (low === high) return [test('==', low)];
  const bounds = [
    ...(low > 0n ? [low === 1n && high === mask ? test('!=', 0n) : test('>=', low)] : []),
    ...(high < mask ? [high === mask - 1n && low === 0n ? test('!=', mask) : test('<=', high)] : []),
  ];
  const holes = [...not].filter((value) => value > low && value < high && (value & ~mask) === 0n);
  return [...bounds, ...holes.map((value) => test('!=', value))];
}
