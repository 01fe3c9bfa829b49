import { type Interval, valuesOf } from '../../compile/value-set.ts';
import type { Compare } from '../conjunction.ts';
import { MOST_ALTERNATIVES } from '../masked-tests.ts';
import type { NormalForm } from '../normal-form.ts';

const LARGEST = 0xffff_ffff_ffff_ffffn;

/** libseccomp makes wrong programs of several tests of an argument where an order looks at the high word. */
const HIGH_WORD = 1n << 32n;

/**
 * Returns the numbers of one argument as tests of which one is enough: each number by itself, and at most one order at either
 * end. systemd writes them in the same way, and libseccomp understands them. Returns `undefined` for any other set, or for too
 * many numbers.
 */
export function numberTests(form: NormalForm): readonly Compare[] | undefined {
  if (form.length === 0) return undefined;
  const terms = form.map((conjunction) => ({ kind: 'and', terms: conjunction }) as const);
  const set = valuesOf({ kind: 'or', terms });
  if (set === undefined || set.field.width !== 64) return undefined;
  const tests: Compare[] = [];
  const add = (comparison: Compare['comparison'], value: bigint): void => {
    tests.push({ kind: 'compare', ...set.field, mask: LARGEST, comparison, value });
  };
  for (const { first, last } of set.intervals) {
    if (isEnd(first, last)) {
      const [comparison, value] = first === 0n ? (['<', last + 1n] as const) : (['>', first - 1n] as const);
      if (value >= HIGH_WORD) return undefined;
      add(comparison, value);
      continue;
    }
    if (last - first >= MOST_ALTERNATIVES - tests.length) return undefined;
    for (let value = first; value <= last; value += 1n) add('==', value);
  }
  return tests;
}

/** More than one number, up to the smallest or the largest there is. */
function isEnd(first: Interval['first'], last: Interval['last']): boolean {
  return first !== last && (first === 0n || last === LARGEST);
}
