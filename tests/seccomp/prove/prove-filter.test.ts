import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/seccomp/action.ts';
import { actionValue, decodeAction } from '../../../src/seccomp/action-value.ts';
import type { Program } from '../../../src/seccomp/bpf/instruction.ts';
import { simulateStack } from '../../../src/seccomp/bpf/simulate-stack.ts';
import { compileFilter } from '../../../src/seccomp/compile/compile-filter.ts';
import { Diagrams } from '../../../src/seccomp/prove/diagram.ts';
import { differenceText } from '../../../src/seccomp/prove/difference-text.ts';
import { programDiagram } from '../../../src/seccomp/prove/program-diagram.ts';
import { proveFilter } from '../../../src/seccomp/prove/prove-filter.ts';
import { rulesDiagram } from '../../../src/seccomp/prove/rules-diagram.ts';
import { stackDiagram } from '../../../src/seccomp/prove/stack.ts';
import { WORD_INSTRUCTION_POINTER } from '../../../src/seccomp/prove/words.ts';
import { splitFilter } from '../../../src/seccomp/split-filter.ts';
import { filterOf } from '../support/policy.ts';
import { filter, rules } from '../support/random-filter.ts';

const SEED = 20_261_124;

function answering(value: number): Program {
  return { architecture: 'x86_64', instructions: [{ code: 0x06, jt: 0, jf: 0, k: value }] };
}

/** Every action, with and without data, and values that the kernel does not know. */
const VALUES = [
  0x8000_0000, 0x8000_0007, 0, 7, 0x3_0000, 0x3_0007, 0x5_0000, 0x5_0001, 0x5_0fff, 0x5_1000, 0x5_ffff,
  0x7fc0_0000, 0x7fc0_0001, 0x7ff0_0000, 0x7ff0_0007, 0x7ffc_0000, 0x7ffc_0001, 0x7fff_0000, 0x7fff_0001,
  0x1_0000, 0x7ffd_0000, 0x9000_0000, 0xffff_0000,
];

describe('a stack of filters', () => {
  test.each(VALUES.map((value) => value.toString(16)))('0x%s below every other answer', (text) => {
    const older = answering(Number.parseInt(text, 16));
    for (const value of VALUES) {
      const newer = answering(value);
      const diagrams = new Diagrams();
      const stack = stackDiagram(diagrams, [
        programDiagram(diagrams, newer),
        programDiagram(diagrams, older),
      ]);
      const { value: counting } = simulateStack([older, newer], { arch: 0, nr: 0, args: [] });
      const action = decodeAction(counting);
      const seen = action.kind === 'errno' ? { ...action, errno: Math.min(action.errno, 4095) } : action;
      expect(diagrams.value(stack), value.toString(16)).toBe(actionValue(seen));
    }
  });

  test('without a filter every call is allowed', () => {
    const diagrams = new Diagrams();
    expect(diagrams.value(stackDiagram(diagrams, []))).toBe(0x7fff_0000);
  });

  test('of a session is the policy, whatever the order; a filter of the two alone is not', () => {
    const policy = filterOf(['read', 'write(fd in {1, 2})', 'openat -> log', 'kill(pid == 0)']);
    const gate = filterOf(['write(fd in {3, 5})', 'accept4', 'kill']).rules;
    const { first, second } = splitFilter(policy, gate);
    const [older, newer] = [compileFilter(first), compileFilter(second)];
    expect(proveFilter(policy, [older, newer]).difference).toBeUndefined();
    expect(proveFilter(policy, [newer, older]).difference).toBeUndefined();
    expect(proveFilter(policy, [older]).difference).toBeDefined();
    expect(proveFilter(policy, [newer]).difference).toBeDefined();
  });
});

const policyAndGate = fc.record({
  policy: filter.map((subject) => ({ ...subject, scope: undefined, overrides: [] })),
  gate: rules,
});

test('the two filters of a random session are its policy', () => {
  fc.assert(
    fc.property(policyAndGate, ({ policy, gate }) => {
      const { first, second } = splitFilter(policy, gate);
      expect(proveFilter(policy, [first, second].map(compileFilter)).difference).toBeUndefined();
    }),
    { numRuns: 150, seed: SEED, endOnFailure: true },
  );
});

test('a random filter that knows the gate by its place is the policy everywhere else', () => {
  fc.assert(
    fc.property(policyAndGate, fc.bigInt(0n, (1n << 64n) - 1n), ({ policy, gate }, overridesAt) => {
      const one = { ...policy, overrides: gate, overridesAt };
      const program = compileFilter(one);
      expect(proveFilter(one, [program]).difference).toBeUndefined();
      const diagrams = new Diagrams();
      const { always, never } = diagrams;
      const ways = { above: always, equal: never, below: always };
      const isElsewhere = diagrams.compareField(
        WORD_INSTRUCTION_POINTER,
        (1n << 64n) - 1n,
        overridesAt,
        ways,
      );
      const [found, expected] = [programDiagram(diagrams, program), rulesDiagram(diagrams, policy)].map(
        (diagram) => diagrams.choose(isElsewhere, diagram, never),
      );
      expect(found).toBe(expected);
    }),
    { numRuns: 150, seed: SEED, endOnFailure: true },
  );
});

describe('a filter that asks in the place of kill_process', () => {
  const ASKS = { as: { kind: 'user_notif' }, except: [] } as const;

  test('is asked by whom it would have killed, and by nobody else', () => {
    const policy = filterOf([
      'read',
      'write(fd == 1)',
      'lseek',
      'lseek -> errno(EACCES)',
      'lseek -> kill_process',
    ]);
    const asking = compileFilter({ ...policy, kills: ASKS });
    const answer = (nr: number, arch = 0xc000_003e): Action =>
      decodeAction(simulateStack([asking], { arch, nr, args: [2n] }).value);
    expect(answer(0)).toEqual({ kind: 'allow' });
    // write to 2; lseek, of which the strictest rule counts; bpf, which none names; a call that a tracer has cancelled.
    for (const nr of [1, 8, 321, 0xffff_ffff]) expect(answer(nr), `${nr}`).toEqual({ kind: 'user_notif' });
    expect(answer(0x4000_0000)).toEqual({ kind: 'kill_process' });
    expect(answer(0, 0x4000_0003)).toEqual({ kind: 'kill_process' });
  });

  test('answers as its rules say, from every place, also where it is divided', () => {
    fc.assert(
      fc.property(policyAndGate, fc.bigInt(0n, (1n << 64n) - 1n), ({ policy, gate }, overridesAt) => {
        const asking = { ...policy, kills: ASKS };
        const one = { ...asking, overrides: gate, overridesAt };
        expect(proveFilter(one, [compileFilter(one)]).difference).toBeUndefined();
        const { first, second } = splitFilter(asking, gate);
        expect(proveFilter(first, [compileFilter(first)]).difference).toBeUndefined();
        const whole = { ...asking, kills: { ...ASKS, except: gate } };
        expect(proveFilter(whole, [first, second].map(compileFilter)).difference).toBeUndefined();
      }),
      { numRuns: 150, seed: SEED, endOnFailure: true },
    );
  });
});

describe('a difference', () => {
  const subject = filterOf([
    'read',
    'write(fd in {1, 2})',
    'lseek(offset < 0x100000000) -> errno(EACCES)',
    'close',
  ]);

  test.each([
    [
      'another descriptor',
      ['read', 'write(fd in {1, 3})', 'lseek(offset < 0x100000000) -> errno(EACCES)', 'close'],
    ],
    ['a bound', ['read', 'write(fd in {1, 2})', 'lseek(offset <= 0x100000000) -> errno(EACCES)', 'close']],
    ['a number', ['read', 'write(fd in {1, 2})', 'lseek(offset < 0x100000000) -> errno(EPERM)', 'close']],
    [
      'a call that is missing',
      ['read', 'write(fd in {1, 2})', 'lseek(offset < 0x100000000) -> errno(EACCES)'],
    ],
  ])('names a call, both answers and the rule: %s', (_, other) => {
    const { difference } = proveFilter(subject, [compileFilter(filterOf(other))]);
    if (difference === undefined) throw new Error('no difference');
    expect({ text: differenceText(difference), line: difference.rule?.source?.line }).toMatchSnapshot();
  });

  test('of another machine or ABI is found where there is no other', () => {
    const program = compileFilter(subject);
    const i386 = 0x4000_0003;
    const wide: Program = {
      ...program,
      instructions: [
        { code: 0x20, jt: 0, jf: 0, k: 4 },
        { code: 0x15, jt: 0, jf: 1, k: i386 },
        { code: 0x06, jt: 0, jf: 0, k: 0x7fff_0000 },
        ...program.instructions,
      ],
    };
    const { difference } = proveFilter(subject, [wide]);
    if (difference === undefined) throw new Error('no difference');
    expect(difference.call.arch).toBe(i386);
    expect(differenceText(difference)).toMatchSnapshot();
  });
});
