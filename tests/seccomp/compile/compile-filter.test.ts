import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import type { Condition } from '../../../src/seccomp/condition.ts';
import { compileFilter, type Filter, FilterTooLargeError, simulate } from '../../../src/seccomp/index.ts';
import { refusals } from '../support/kernel-checker.ts';
import { evaluate } from '../support/oracle.ts';
import { callsFor, filter, numberOf } from '../support/random-filter.ts';

const filterWithCalls = filter.chain((subject) =>
  fc.record({
    subject: fc.constant(subject),
    calls: fc.array(callsFor(subject), { minLength: 20, maxLength: 60 }),
  }),
);

test('a compiled filter answers as its rules say', () => {
  fc.assert(
    fc.property(filterWithCalls, ({ subject, calls }) => {
      const program = compileFilter(subject);
      expect(refusals(program)).toEqual([]);
      for (const call of calls) {
        const answer = simulate(program, { arch: AUDIT_ARCH[subject.architecture], ...call });
        expect(answer, `nr ${call.nr}, args ${call.args}`).toBe(evaluate(subject, call, numberOf));
      }
    }),
    { numRuns: 1500 },
  );
});

const ALLOW_ALL: Filter = {
  architecture: 'x86_64',
  default: { kind: 'allow' },
  unsupported: [],
  firstUnknown: 472,
  rules: [],
  overrides: [],
  scope: undefined,
};

function equals(value: bigint): Condition {
  return { kind: 'compare', argument: 0, width: 64, mask: 0xffff_ffff_ffff_ffffn, comparison: '==', value };
}

/** A filter with one test for each of `count` values, in one rule. */
function largeFilter(count: number): Filter {
  const terms = Array.from({ length: count }, (_, index) => equals((BigInt(index) << 33n) + BigInt(index)));
  const condition: Condition = { kind: 'or', terms };
  return {
    ...ALLOW_ALL,
    default: { kind: 'kill_process' },
    rules: [
      { call: 'syscall_600', condition, action: { kind: 'allow' }, source: undefined },
      {
        call: 'syscall_602',
        condition: { kind: 'not', term: condition },
        action: { kind: 'log' },
        source: undefined,
      },
    ],
  };
}

test.each([50, 200, 300, 400])('jumps over %i tests land where they should', (count) => {
  const subject = largeFilter(count);
  const program = compileFilter(subject);
  expect(program.instructions.length).toBeGreaterThan(count * 2);
  expect(refusals(program)).toEqual([]);
  for (let index = -1; index <= count; index += 1) {
    for (const nr of [600, 601, 602]) {
      const call = {
        nr,
        args: [(BigInt(index) << 33n) + BigInt(index)].map((value) => BigInt.asUintN(64, value)),
      };
      expect(simulate(program, { arch: AUDIT_ARCH.x86_64, ...call })).toBe(evaluate(subject, call, numberOf));
    }
  }
});

/** The low word of the first argument is one of `count` values: one instruction for each. */
function oneOf(count: number, step: bigint): Condition {
  const terms = Array.from({ length: count }, (_, index): Condition => {
    return {
      kind: 'compare',
      argument: 0,
      width: 32,
      mask: 0xffff_ffffn,
      comparison: '==',
      value: BigInt(index) * step,
    };
  });
  return { kind: 'or', terms };
}

test('jumps of every length around the longest one land where they should', () => {
  for (let count = 200; count < 280; count += 1) {
    const rule = (call: string, condition: Condition): Filter['rules'][number] => {
      return { call, condition, action: { kind: 'allow' }, source: undefined };
    };
    const shared = oneOf(3, 5n);
    const subject: Filter = {
      ...ALLOW_ALL,
      default: { kind: 'kill_process' },
      rules: [
        rule('syscall_3', shared),
        rule('syscall_4', oneOf(count, 2n)),
        rule('syscall_5', shared),
        rule('syscall_7', shared),
      ],
    };
    const program = compileFilter(subject);
    expect(refusals(program), `${count} values`).toEqual([]);
    for (const nr of [2, 3, 4, 5, 6, 7, 8]) {
      for (const argument of [0n, 1n, 2n, 5n, BigInt(count) * 2n - 2n, BigInt(count) * 2n]) {
        const call = { nr, args: [argument] };
        expect(simulate(program, { arch: AUDIT_ARCH.x86_64, ...call })).toBe(
          evaluate(subject, call, numberOf),
        );
      }
    }
  }
});

test('a program that nearly fills the kernel`s limit answers as its rules say', () => {
  const value = (call: number, index: number): bigint => BigInt(index * 5 + call * 3 + 1) << 33n;
  const subject: Filter = {
    ...ALLOW_ALL,
    default: { kind: 'kill_process' },
    rules: Array.from({ length: 17 }, (_, call) => ({
      call: `syscall_${600 + call}`,
      condition: { kind: 'or', terms: Array.from({ length: 165 }, (_, index) => equals(value(call, index))) },
      action: { kind: 'errno', errno: call },
      source: undefined,
    })),
  };
  const program = compileFilter(subject);
  expect(program.instructions.length).toBeGreaterThan(3800);
  expect(refusals(program)).toEqual([]);
  for (let nr = 599; nr < 618; nr += 1) {
    for (let index = 0; index < 165; index += 1) {
      const inside = value(nr - 600, index);
      const [yes, no] = [inside, inside + 1n].map((register) =>
        simulate(program, { arch: AUDIT_ARCH.x86_64, nr, args: [BigInt.asUintN(64, register)] }),
      );
      const isNamed = nr >= 600 && nr < 617;
      if (yes !== (isNamed ? 0x50000 + nr - 600 : 0x50026)) expect.fail(`${nr}, value ${index}: ${yes}`);
      if (no !== (isNamed ? 0x80000000 : 0x50026)) expect.fail(`${nr}, next to value ${index}: ${no}`);
    }
  }
});

test('a filter above 4096 instructions is refused', () => {
  expect(() => compileFilter(largeFilter(3000))).toThrow(FilterTooLargeError);
});

test.each([
  ['i386', 0x40000003, 3],
  ['AArch64', AUDIT_ARCH.aarch64, 3],
  ['x32', AUDIT_ARCH.x86_64, 0x40000003],
])('a call of %s kills the process', (_, arch, nr) => {
  expect(simulate(compileFilter(ALLOW_ALL), { arch, nr, args: [] })).toBe(0x80000000);
});

test('a call that a tracer has cancelled takes the ordinary path', () => {
  const call = { arch: AUDIT_ARCH.x86_64, nr: 0xffffffff, args: [] };
  expect(simulate(compileFilter(ALLOW_ALL), call)).toBe(0x7fff0000);
  expect(simulate(compileFilter({ ...ALLOW_ALL, default: { kind: 'errno', errno: 1 } }), call)).toBe(0x50001);
});
