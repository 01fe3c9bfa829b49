import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SeccompPolicy } from '../../../src/policy/seccomp-policy.ts';
import { diffFilters } from '../../../src/seccomp/diff/diff-filters.ts';
import { type DifferenceText, differenceTexts } from '../../../src/seccomp/diff/diff-text.ts';
import { compileFilter } from '../../../src/seccomp/index.ts';
import { TooComplexToSayError } from '../../../src/seccomp/lift/too-complex.ts';
import { Diagrams } from '../../../src/seccomp/prove/diagram.ts';
import { programDiagram } from '../../../src/seccomp/prove/program-diagram.ts';
import { rulesDiagram } from '../../../src/seccomp/prove/rules-diagram.ts';
import { filterOf } from '../support/policy.ts';

function compare(
  before: readonly string[],
  after: readonly string[],
  parts: Partial<SeccompPolicy> = {},
): readonly DifferenceText[] {
  const diagrams = new Diagrams();
  const [first, second] = [before, after].map((rules) => rulesDiagram(diagrams, filterOf(rules, parts)));
  return differenceTexts(diffFilters(diagrams, first ?? 0, second ?? 0), 'x86_64');
}

const ALLOWED = { before: 'kill_process', after: 'allow', architecture: undefined, from: undefined };
const REFUSED = { ...ALLOWED, before: 'allow', after: 'kill_process' };

describe('two policies', () => {
  test('that say the same in other words do not differ', () => {
    expect(compare(['read', 'write(fd in {1, 2})'], ['write(fd == 2)', 'write(fd == 1)', 'read'])).toEqual(
      [],
    );
  });

  test('of which the second allows a call more', () => {
    expect(compare(['read'], ['read', 'write', 'openat'])).toEqual([
      { direction: 'wider', calls: ['write', 'openat'], ...ALLOWED },
    ]);
  });

  test('of which the second allows a call less', () => {
    expect(compare(['read', 'write'], ['read'])).toEqual([
      { direction: 'narrower', calls: ['write'], ...REFUSED },
    ]);
  });

  test('differ by what is between their conditions, and no more', () => {
    expect(compare(['write(fd in {1, 2})'], ['write(fd in {2, 3})'])).toEqual([
      { direction: 'narrower', calls: ['write(fd == 1)'], ...REFUSED },
      { direction: 'wider', calls: ['write(fd == 3)'], ...ALLOWED },
    ]);
    expect(compare(['openat(flags & O_ACCMODE == O_RDONLY)'], ['openat'])).toEqual([
      { direction: 'wider', calls: ['openat(flags & O_ACCMODE != O_RDONLY)'], ...ALLOWED },
    ]);
  });

  test('that deny in another way are neither wider nor narrower', () => {
    expect(compare(['connect -> errno(EPERM)'], ['connect -> errno(EACCES)'])).toEqual([
      {
        direction: 'otherwise',
        calls: ['connect'],
        ...ALLOWED,
        before: 'errno(EPERM)',
        after: 'errno(EACCES)',
      },
    ]);
  });

  test('that let others decide are between those that refuse and those that allow', () => {
    expect(compare(['connect'], ['connect -> user_notif'])[0]?.direction).toBe('narrower');
    expect(compare([], ['connect -> trace'])[0]?.direction).toBe('wider');
    expect(compare(['connect'], ['connect -> log'])[0]?.direction).toBe('otherwise');
  });

  test('with another default differ in every call that no rule names', () => {
    const [difference, ...others] = (() => {
      const diagrams = new Diagrams();
      const before = rulesDiagram(diagrams, filterOf(['read']));
      const after = rulesDiagram(
        diagrams,
        filterOf(['read'], { default: { text: 'errno(EPERM)', span: undefined } }),
      );
      return differenceTexts(diffFilters(diagrams, before, after), 'x86_64');
    })();
    expect(others).toEqual([]);
    expect(difference).toMatchObject({ direction: 'otherwise', after: 'errno(EPERM)' });
    expect(difference?.calls).toContain('write');
    expect(difference?.calls).not.toContain('read');
    expect(difference?.calls.at(-1)).toBe('0xffffffff');
  });
});

test('the wider part of a filter, added to the other one as rules, gives what both together allow', () => {
  const names = ['read', 'write', 'openat', 'ioctl', 'socket'];
  const rule = fc.oneof(
    fc.constantFrom(...names),
    fc
      .tuple(
        fc.constantFrom(...names),
        fc.constantFrom('==', '!=', '<', '>='),
        fc.bigInt({ min: 1n, max: 9n }),
      )
      .map(([name, comparison, value]) => `${name}(arg2 ${comparison} ${value})`)
      .filter((text) => !text.startsWith('ioctl')),
  );
  const rules = fc.array(rule, { maxLength: 5 });
  fc.assert(
    fc.property(rules, rules, (before, after) => {
      const diagrams = new Diagrams();
      const [first, second] = [before, after].map((each) =>
        programDiagram(diagrams, compileFilter(filterOf(each))),
      );
      const differences = diffFilters(diagrams, first ?? 0, second ?? 0);
      const wider = differenceTexts(differences, 'x86_64').filter(({ direction }) => direction === 'wider');
      const both = [...before, ...wider.flatMap(({ calls }) => calls)];
      expect(rulesDiagram(diagrams, filterOf(both))).toBe(
        rulesDiagram(diagrams, filterOf([...before, ...after])),
      );
    }),
    { numRuns: 200, seed: 4 },
  );
});

test('the number of a cancelled call is neither wider nor narrower: nothing is done for it', () => {
  const parts = { default: { text: 'allow', span: undefined } };
  const diagrams = new Diagrams();
  const [strict, mild] = [filterOf([]), filterOf([], parts)].map((filter) => rulesDiagram(diagrams, filter));
  for (const [before, after] of [
    [strict, mild],
    [mild, strict],
  ] as const) {
    const differences = diffFilters(diagrams, before ?? 0, after ?? 0);
    const cancelled = differences.filter(({ last }) => last === 0xffff_ffff);
    expect(cancelled.map(({ direction }) => direction)).toEqual(['otherwise']);
    expect(differences.some(({ direction }) => direction !== 'otherwise')).toBe(true);
  }
});

test('decisions that nobody could read are said by an example', () => {
  const diagrams = new Diagrams();
  const odd = diagrams.bit(511);
  const mixed = [0, 1, 2, 3, 4].reduce(
    (sum, argument) => diagrams.xor(sum, diagrams.bit(32 * (5 + 2 * argument) + 31)),
    odd,
  );
  const noisy = Array.from({ length: 32 }, (_, bit) => 32 * 15 + bit).reduce(
    (sum, level) => diagrams.xor(sum, diagrams.bit(level)),
    mixed,
  );
  const everywhere = diffFilters(diagrams, noisy, diagrams.never);
  expect(everywhere.map(({ isWhole }) => isWhole)).not.toContain(true);
  const texts = differenceTexts(everywhere, 'x86_64').flatMap(({ calls }) => calls);
  expect(texts[0]).toBe(
    'syscall_0..syscall_1073741823 for arguments that no rule could say, such as (arg0 == 0 && arg1 == 0 && arg2 == 0 && arg3 == 0 && arg4 == 0 && arg5 == 2)',
  );
});

test('decisions that are no list of calls are an error that says so', () => {
  const diagrams = new Diagrams();
  const odd = Array.from({ length: 32 }, (_, bit) => 32 + bit).reduce(
    (sum, level) => diagrams.xor(sum, diagrams.bit(level)),
    diagrams.never,
  );
  expect(() => diffFilters(diagrams, odd, diagrams.never)).toThrow(TooComplexToSayError);
});
