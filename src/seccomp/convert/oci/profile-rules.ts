import type { Action } from '../../action.ts';
import { precedence } from '../../action-value.ts';
import { actionText } from '../../language/action-text.ts';
import type { Compare, Conjunction } from '../conjunction.ts';
import { MOST_ALTERNATIVES, maskedAlternatives } from '../masked-tests.ts';
import { normalFormTooLarge } from '../normal-form.ts';
import type { Problems } from '../problems.ts';
import type { Region } from '../regions.ts';
import { numberTests } from './number-tests.ts';

/** One object of `args`; `valueTwo` is there for masked tests. */
export interface ProfileTest {
  readonly index: number;
  readonly value: bigint;
  readonly valueTwo: bigint | undefined;
  readonly op: string;
}

/** One object of `syscalls`. */
export interface ProfileEntry {
  readonly names: readonly string[];
  readonly action: Action;
  readonly tests: readonly ProfileTest[];
}

const OPERATORS: Readonly<Record<Compare['comparison'], string>> = {
  '==': 'SCMP_CMP_EQ',
  '!=': 'SCMP_CMP_NE',
  '<': 'SCMP_CMP_LT',
  '<=': 'SCMP_CMP_LE',
  '>': 'SCMP_CMP_GT',
  '>=': 'SCMP_CMP_GE',
};

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/**
 * The entries of a profile. Calls with one answer stand together, by answer; those with tests have an entry for each
 * alternative. Orders are written where they stand alone, or beside single numbers: several of them on one argument make wrong
 * programs in libseccomp, so there they become tests of bits.
 */
export function profileEntries(regions: readonly Region[], problems: Problems): readonly ProfileEntry[] {
  const whole = new Map<string, { readonly action: Action; readonly names: Set<string> }>();
  const tested: ProfileEntry[] = [];
  for (const region of regions) {
    const { call, action, form, source } = region;
    if (form.some((conjunction) => conjunction.length === 0)) {
      const entry = whole.get(actionText(action)) ?? { action, names: new Set() };
      whole.set(actionText(action), entry);
      entry.names.add(call);
      continue;
    }
    const same = regions.filter((other) => other.call === call);
    const numbers = areNumbersOfOneArgument(same) ? numberTests(form) : undefined;
    if (numbers !== undefined) {
      tested.push(...numbers.map((one) => ({ names: [call], action, tests: [directTest(one)] })));
      continue;
    }
    const alone = same.length === 1 && form.length === 1;
    const alternatives = form.map((conjunction) => testsOf(conjunction, alone));
    const complete = alternatives.filter((tests) => tests !== undefined);
    if (complete.length < alternatives.length)
      problems.diagnostics.push(normalFormTooLarge(call, source, MOST_ALTERNATIVES));
    tested.push(...distinct(complete.flat()).map((tests) => ({ names: [call], action, tests })));
  }
  const entries = [...whole.values()].map(({ action, names }) => ({
    names: [...names].sort(),
    action,
    tests: [],
  }));
  return [...entries, ...tested].sort((a, b) => precedence(b.action) - precedence(a.action));
}

/** Then all tests of the call are of numbers and of orders at their ends, which libseccomp understands together. */
function areNumbersOfOneArgument(regions: readonly Region[]): boolean {
  const all = regions.map(({ form }) => numberTests(form));
  return all.every((tests) => tests?.[0] !== undefined && tests[0].argument === all[0]?.[0]?.argument);
}

function testsOf(conjunction: Conjunction, alone: boolean): readonly (readonly ProfileTest[])[] | undefined {
  const each = new Set(conjunction.map(({ argument }) => argument)).size === conjunction.length;
  const plain = conjunction.every(({ mask, comparison }) => mask === ALL_BITS || comparison === '==');
  if (alone && each && plain) return [conjunction.map(directTest)];
  const isDirect = ({ argument, mask, comparison }: Compare): boolean =>
    comparison === '!=' &&
    mask === ALL_BITS &&
    conjunction.filter((other) => other.argument === argument).length === 1;
  const direct = conjunction.filter(isDirect).map(directTest);
  const others = conjunction.filter((compare) => !isDirect(compare));
  return maskedAlternatives(others)?.map((tests) => [
    ...direct,
    ...tests.map(({ argument, mask, value }) =>
      directTest({ kind: 'compare', argument, width: 64, mask, comparison: '==', value }),
    ),
  ]);
}

function directTest({ argument, mask, comparison, value }: Compare): ProfileTest {
  return mask === ALL_BITS
    ? { index: argument, value, valueTwo: undefined, op: OPERATORS[comparison] }
    : { index: argument, value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' };
}

function distinct(alternatives: readonly (readonly ProfileTest[])[]): readonly (readonly ProfileTest[])[] {
  const key = (tests: readonly ProfileTest[]): string =>
    tests.map(({ index, value, valueTwo, op }) => `${index}${op}${value},${valueTwo}`).join();
  return [...new Map(alternatives.map((tests) => [key(tests), tests])).values()];
}
