import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffFilters } from '../../../src/seccomp/diff/diff-filters.ts';
import { actionText, actionValue, compileFilter, type Filter } from '../../../src/seccomp/index.ts';
import { type LiftedRules, liftRules } from '../../../src/seccomp/lift/lift-rules.ts';
import { Diagrams } from '../../../src/seccomp/prove/diagram.ts';
import { programDiagram } from '../../../src/seccomp/prove/program-diagram.ts';
import { rulesDiagram } from '../../../src/seccomp/prove/rules-diagram.ts';
import { stackDiagram } from '../../../src/seccomp/prove/stack.ts';
import { filterOf } from '../support/policy.ts';
import { filter as randomFilter } from '../support/random-filter.ts';

function again({ rules, default: fallback }: LiftedRules, architecture: Filter['architecture']): Filter {
  return filterOf(rules, { default: { text: actionText(fallback), span: undefined } }, architecture);
}

function lifted(rules: readonly string[]): LiftedRules {
  const diagrams = new Diagrams();
  return liftRules(diagrams, programDiagram(diagrams, compileFilter(filterOf(rules))), 'x86_64');
}

describe('a program as rules', () => {
  test('reads like the rules that it was compiled from', () => {
    expect(
      lifted([
        'read',
        'write(fd in {1, 2})',
        'openat(flags & O_ACCMODE == O_RDONLY)',
        'connect -> errno(EACCES)',
      ]),
    ).toEqual({
      default: { kind: 'kill_process' },
      rules: [
        'read',
        'write(fd in {1, 2})',
        'connect -> errno(EACCES)',
        'openat(flags & O_ACCMODE == O_RDONLY)',
        'io_uring_setup -> errno(ENOSYS)',
        'io_uring_enter -> errno(ENOSYS)',
        'io_uring_register -> errno(ENOSYS)',
        'clone3 -> errno(ENOSYS)',
      ],
      losses: [],
    });
  });

  test('of a call with two answers has a rule for each', () => {
    expect(lifted(['write(fd == 1)', 'write(fd == 2) -> errno(EBADF)']).rules.slice(0, 2)).toEqual([
      'write(fd == 1)',
      'write(fd == 2) -> errno(EBADF)',
    ]);
  });

  test('refuses what rules cannot say, and says so', () => {
    const diagrams = new Diagrams();
    const filter = filterOf(['read']);
    const own = rulesDiagram(diagrams, filter);
    const allow = diagrams.answer(actionValue({ kind: 'allow' }));
    const anywhereElse = diagrams.choose(diagrams.bit(64), allow, own);
    expect(liftRules(diagrams, anywhereElse, 'x86_64').losses).toEqual([
      'some calls are answered by where they are made from; the strictest answer is taken for all',
      expect.stringContaining('have no name yet'),
      'calls of the x32 ABI are decided too; a policy kills whoever makes one',
      'calls of other architectures are decided too; a policy kills whoever makes one',
    ]);
    expect(liftRules(diagrams, allow, 'x86_64')).toEqual({
      default: { kind: 'allow' },
      rules: ['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'clone3'],
      losses: [
        'calls of the x32 ABI are decided too; a policy kills whoever makes one',
        expect.stringContaining('have no name yet'),
        'calls of other architectures are decided too; a policy kills whoever makes one',
      ],
    });
  });
});

test('rules that are lifted from a program are never wider than it, and equal it when nothing is lost', () => {
  let equal = 0;
  fc.assert(
    fc.property(randomFilter, fc.boolean(), (any, isOrdinary) => {
      const ordinary: Filter = {
        ...filterOf([], {}, any.architecture),
        default: any.default,
        rules: any.rules,
      };
      const subject = isOrdinary ? ordinary : any;
      const diagrams = new Diagrams();
      const source = stackDiagram(diagrams, [programDiagram(diagrams, compileFilter(subject))]);
      const rules = liftRules(diagrams, source, subject.architecture);
      const back = rulesDiagram(diagrams, again(rules, subject.architecture));
      const wider = diffFilters(diagrams, source, back).filter(({ direction }) => direction === 'wider');
      expect(wider).toEqual([]);
      if (rules.losses.length > 0) return;
      expect(back).toBe(source);
      equal += 1;
    }),
    { numRuns: 200, seed: 4 },
  );
  expect(equal).toBeGreaterThan(30);
});
