import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileFilter, type Filter, type Program, type Rule, splitFilter } from '../../src/seccomp/index.ts';
import { foreignCalls } from '../support/foreign-calls.ts';
import { ARCHITECTURE, compileLive, type LiveFilter } from './support/live-filter.ts';
import { type Call, evaluate } from './support/oracle.ts';
import { filterOf } from './support/policy.ts';
import { callsFor, numberOf, filter as randomFilter } from './support/random-filter.ts';

let live: LiveFilter;

beforeAll(() => {
  live = compileLive();
});

afterAll(() => live.remove());

/** The defence left out: a program that allows everything, other architectures too. */
const OPEN: Program = {
  architecture: ARCHITECTURE,
  instructions: [{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }],
};

const run = (filter: Filter, words: readonly string[], input = ''): ReturnType<LiveFilter['run']> =>
  live.run([compileFilter(filter)], words, input);

/** Calls that the kernel does not have answer ENOSYS when a filter lets them pass. */
const UNUSED = [600, 601, 777, 900];
const ENOSYS = 38;

const ANSWERABLE = new Set(['errno', 'allow', 'log']);

/** A random filter about unused numbers, whose answers the caller survives, and which lets the program itself run. */
const unusedFilter = randomFilter.map((subject): Filter => {
  const rules = subject.rules.map(
    (rule, index): Rule => ({
      ...rule,
      call: `syscall_${UNUSED[index % UNUSED.length]}`,
      action: ANSWERABLE.has(rule.action.kind) ? rule.action : { kind: 'errno', errno: 100 + index },
    }),
  );
  const allow = { kind: 'allow' } as const;
  return {
    ...subject,
    architecture: ARCHITECTURE,
    default: allow,
    rules,
    overrides: [],
    scope: undefined,
    unsupported: [],
    firstUnknown: 2000,
  };
});

function expectedErrno(filter: Filter, call: Call): number {
  const answer = evaluate(filter, call, numberOf);
  return (answer & 0xffff0000) >>> 0 === 0x50000 ? answer & 0xffff : ENOSYS;
}

test('this kernel answers random calls as the rules say', () => {
  const cases = fc.sample(
    unusedFilter.chain((subject) =>
      fc.tuple(fc.constant(subject), fc.array(callsFor(subject), { minLength: 40, maxLength: 40 })),
    ),
    { numRuns: 60, seed: 20_240_601 },
  );
  for (const [subject, random] of cases) {
    const calls = random.map((call, index) => ({ ...call, nr: UNUSED[index % UNUSED.length] ?? 600 }));
    expect(live.answers([compileFilter(subject)], calls)).toEqual(
      calls.map((call) => expectedErrno(subject, call)),
    );
  }
});

test.runIf(ARCHITECTURE === 'x86_64').each([
  // Where the kernel has no such entry, to call it is a fault: there is nothing for a filter to stop.
  ['the 32-bit entry', ['i386', '14'], () => (foreignCalls().i386 ? undefined : 'SIGSEGV')],
  ['an x32 number', ['call', '40000027', '0', '0', '0', '0', '0', '0'], () => undefined],
])('%s kills the process, which otherwise lives', (_, words, fault) => {
  const allowAll = filterOf([], { default: { text: 'allow', span: undefined } });
  const signal = fault() ?? null;
  expect(live.run([OPEN], words)).toMatchObject({ status: signal === null ? 0 : null, signal });
  expect(run(allowAll, words).signal).toBe(signal ?? 'SIGSYS');
});

test.each([
  ['/bin/echo', ['hello'], '', 'hello\n'],
  ['/bin/cat', [], 'from stdin\n', 'from stdin\n'],
  ['/bin/cat', ['/etc/hostname', '-'], 'and stdin\n', undefined],
])('%s runs under @start and @stdio', (program, words, input, output) => {
  const rules = ['@start', '@stdio', 'execve'];
  const { status, signal, text } = run(filterOf(rules, {}, ARCHITECTURE), ['exec', program, ...words], input);
  expect({ status, signal }).toEqual({ status: 0, signal: null });
  if (output !== undefined) expect(text).toBe(output);
  else expect(text).toMatch(/and stdin\n$/);
});

test('a program that needs more than the groups is stopped', () => {
  const rules = ['@start', '@stdio', 'execve'];
  const without = run(filterOf([], { default: { text: 'allow', span: undefined } }, ARCHITECTURE), [
    'exec',
    '/bin/mkdir',
    join(live.directory, 'made'),
  ]);
  expect(without.status).toBe(0);
  const within = run(filterOf(rules, {}, ARCHITECTURE), [
    'exec',
    '/bin/mkdir',
    join(live.directory, 'not-made'),
  ]);
  expect(within.signal).toBe('SIGSYS');
});

test('the kernel takes both halves of a policy', () => {
  const policy = filterOf(['@start', '@stdio', 'execve', 'getpid -> log'], {}, ARCHITECTURE);
  const { first, second } = splitFilter(
    policy,
    filterOf(['clone(clone_flags == SIGCHLD)'], {}, ARCHITECTURE).rules,
  );
  expect(run(first, ['exec', '/bin/echo', 'first']).text).toBe('first\n');
  expect(run(second, ['exec', '/bin/echo', 'second']).text).toBe('second\n');
});
