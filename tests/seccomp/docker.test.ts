import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import { syscallNumber, syscallNumbers } from '../../src/kernel/system-calls.ts';
import { compileFilter } from '../../src/seccomp/index.ts';
import { emulate } from './support/emulate.ts';
import { profile } from './support/profile.ts';

const ALLOW = 0x7fff0000;
const EPERM = 0x50001;

const FILTER = profile('docker');
const PROGRAM = compileFilter(FILTER);

function number(name: string): number {
  const found = syscallNumber(name, 'x86_64');
  if (found === undefined) throw new Error(name);
  return found;
}

const RUNS = [...syscallNumbers('x86_64')].map(([nr, name]) => ({
  name,
  ...emulate(PROGRAM, AUDIT_ARCH.x86_64, nr),
}));
const ALLOWED = RUNS.filter(({ answer }) => answer === ALLOW);

test('Docker`s profile takes at most 80 instructions', () => {
  expect(PROGRAM.instructions.length).toBeLessThanOrEqual(80);
});

test('an allowed call of Docker`s profile executes less than 9 instructions on average', () => {
  expect(ALLOWED).toHaveLength(309);
  const executed = ALLOWED.map((run) => run.executed);
  expect(executed.reduce((sum, count) => sum + count, 0) / executed.length).toBeLessThan(8.8);
  expect(Math.max(...executed)).toBeLessThanOrEqual(15);
});

test('the kernel can answer all but three of them from its cache', () => {
  const others = ALLOWED.filter(({ cached }) => !cached).map(({ name }) => name);
  expect(others.sort()).toEqual(['clone', 'personality', 'socket']);
});

test('what Docker denies is denied', () => {
  const answers = new Map(RUNS.map(({ name, answer }) => [name, answer]));
  for (const name of ['mount', 'bpf', 'setns', 'unshare', 'kexec_load', 'io_uring_setup', 'keyctl'])
    expect(answers.get(name), name).toBe(EPERM);
  expect(answers.get('clone3')).toBe(0x50026);
});

test('what a profile counts is found first', () => {
  const weights = new Map([
    ['futex', 9000],
    ['epoll_wait', 500],
    ['socket', 400],
  ]);
  const program = compileFilter({ ...FILTER, weights });
  const executed = (name: string): number => emulate(program, AUDIT_ARCH.x86_64, number(name)).executed;
  // Load and test the architecture, load and test the number, answer.
  expect(executed('futex')).toBe(5);
  expect(executed('epoll_wait')).toBeLessThanOrEqual(8);
  for (const [nr] of syscallNumbers('x86_64'))
    expect(emulate(program, AUDIT_ARCH.x86_64, nr).answer).toBe(
      emulate(PROGRAM, AUDIT_ARCH.x86_64, nr).answer,
    );
});

test('it is compiled in less than 50 ms', () => {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    compileFilter(FILTER);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});

test('the same filter makes the same program, in whatever order its rules stand', () => {
  expect(compileFilter(profile('docker'))).toEqual(PROGRAM);
  expect(compileFilter({ ...FILTER, rules: FILTER.rules.toReversed() })).toEqual(PROGRAM);
});
