import { describe, expect, test } from 'vitest';
import { ARCHITECTURES, AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import { syscallNumbers } from '../../src/kernel/system-calls.ts';
import { compileFilter, type Filter, simulate } from '../../src/seccomp/index.ts';
import { emulate } from './support/emulate.ts';
import { filterOf } from './support/policy.ts';

function plainlyAllowed(filter: Filter): readonly number[] {
  return [...syscallNumbers(filter.architecture)]
    .filter(([, name]) => {
      const rules = filter.rules.filter((rule) => rule.call === name);
      return (
        rules.some((rule) => rule.condition.kind === 'true') &&
        rules.every((rule) => rule.action.kind === 'allow')
      );
    })
    .map(([number]) => number);
}

describe.each(ARCHITECTURES)('on %s', (architecture) => {
  test.each([
    ['@system-service'],
    ['@start', '@stdio', '@read-files', '@socket'],
    ['@file-system', 'ioctl(cmd == TCGETS)', 'getpid -> log'],
  ])('what %s allows without a condition is served from the kernel`s cache', (...rules) => {
    const filter = filterOf(rules, {}, architecture);
    const program = compileFilter(filter);
    const numbers = plainlyAllowed(filter);
    expect(numbers.length).toBeGreaterThan(20);
    const runs = numbers.map((nr) => emulate(program, AUDIT_ARCH[architecture], nr));
    expect(runs.every(({ cached }) => cached)).toBe(true);
    const average = runs.reduce((sum, { executed }) => sum + executed, 0) / runs.length;
    expect(average).toBeLessThan(12);
    expect(Math.max(...runs.map(({ executed }) => executed))).toBeLessThan(15);
  });
});

test('what has a condition is not cached, and still right', () => {
  const program = compileFilter(filterOf(['write(fd == 1)']));
  expect(emulate(program, AUDIT_ARCH.x86_64, 1).cached).toBe(false);
  expect(simulate(program, { arch: AUDIT_ARCH.x86_64, nr: 1, args: [1n] })).toBe(0x7fff0000);
});

test('neighbours with the same answer are one range', () => {
  const { instructions } = compileFilter(filterOf(['@system-service']));
  expect(instructions.length).toBeLessThan(80);
});
