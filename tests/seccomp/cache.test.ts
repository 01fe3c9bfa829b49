import { describe, expect, test } from 'vitest';
import { ARCHITECTURES, AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import { syscallNumbers } from '../../src/kernel/system-calls.ts';
import { compileFilter, type Filter, type Program, simulate } from '../../src/seccomp/index.ts';
import { filterOf } from './support/policy.ts';

/** Whether the kernel may skip the filter for a number: `seccomp_is_const_allow`, kernel/seccomp.c. Counts what it executed. */
function emulate({ instructions }: Program, arch: number, nr: number): { cached: boolean; executed: number } {
  let accumulator = 0;
  let executed = 0;
  for (let next = 0; ; ) {
    const instruction = instructions[next];
    if (instruction === undefined) throw new RangeError('past the end');
    const { code, jt, jf, k } = instruction;
    executed += 1;
    next += 1;
    if (code === 0x06) return { cached: k === 0x7fff0000, executed };
    if (code === 0x20 && k === 0) accumulator = nr;
    else if (code === 0x20 && k === 4) accumulator = arch;
    else if (code === 0x05) next += k;
    else if (code === 0x15) next += accumulator === k ? jt : jf;
    else if (code === 0x25) next += accumulator > k ? jt : jf;
    else if (code === 0x35) next += accumulator >= k ? jt : jf;
    else if (code === 0x45) next += (accumulator & k) !== 0 ? jt : jf;
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else return { cached: false, executed };
  }
}

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
