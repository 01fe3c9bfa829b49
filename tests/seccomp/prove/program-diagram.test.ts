import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { checkInstructions } from '../../../src/seccomp/bpf/check-instructions.ts';
import type { Instruction, Program } from '../../../src/seccomp/bpf/instruction.ts';
import { OPERATION_CODES } from '../../../src/seccomp/bpf/operation.ts';
import { type CallData, simulate } from '../../../src/seccomp/bpf/simulate.ts';
import { type DiagramLimits, Diagrams } from '../../../src/seccomp/prove/diagram.ts';
import { operationOf } from '../../../src/seccomp/prove/operation.ts';
import { programDiagram } from '../../../src/seccomp/prove/program-diagram.ts';
import { TooLargeToProveError } from '../../../src/seccomp/prove/too-large.ts';
import { callWords } from '../support/call-words.ts';
import { legalProgram } from '../support/random-program.ts';

const SEED = 20_261_124;

function programOf(instructions: readonly Instruction[]): Program {
  return { architecture: 'x86_64', instructions };
}

function step(code: number, k = 0, jt = 0, jf = 0): Instruction {
  return { code, jt, jf, k };
}

const register = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 0xffff_ffffn, 1n << 32n, (1n << 64n) - 1n),
  fc.bigInt(0n, (1n << 64n) - 1n),
);

const call: fc.Arbitrary<CallData> = fc.record({
  arch: fc.oneof(fc.constantFrom(AUDIT_ARCH.x86_64, AUDIT_ARCH.aarch64, 0x4000_0003), fc.nat(0xffff_ffff)),
  nr: fc.oneof(fc.constantFrom(0, 1, 600, 0x4000_0001, 0xffff_ffff), fc.nat(600)),
  args: fc.array(register, { minLength: 6, maxLength: 6 }),
  instructionPointer: register,
});

const calls = fc.array(call, { minLength: 20, maxLength: 30 });

/** Whether a diagram could be made; then it is compared with the simulator, which the kernel is the judge of elsewhere. */
function agrees(
  instructions: readonly Instruction[],
  some: readonly CallData[],
  limits?: DiagramLimits,
): boolean {
  const program = programOf(instructions);
  expect(checkInstructions(program)).toEqual([]);
  const diagrams = new Diagrams(limits);
  let diagram: number;
  try {
    diagram = programDiagram(diagrams, program);
  } catch (error) {
    expect(error).toBeInstanceOf(TooLargeToProveError);
    return false;
  }
  for (const each of some)
    expect(diagrams.evaluate(diagram, callWords(each)), JSON.stringify(instructions)).toBe(
      simulate(program, each),
    );
  return true;
}

test('the diagram of a random program with every operation answers as the simulator', () => {
  const limits = { mostNodes: 1 << 16, mostSteps: 1 << 18 };
  const outcomes: boolean[] = [];
  fc.assert(
    fc.property(legalProgram(), calls, (instructions, some) => {
      outcomes.push(agrees(instructions, some, limits));
    }),
    { numRuns: 400, seed: SEED, endOnFailure: true },
  );
  expect(outcomes.filter(Boolean).length).toBeGreaterThan(360);
});

/** BPF_ALU operations by the constant form of their code. */
const CALCULATIONS: readonly (readonly [string, number])[] = [
  ['add', 0x04],
  ['sub', 0x14],
  ['mul', 0x24],
  ['div', 0x34],
  ['or', 0x44],
  ['and', 0x54],
  ['lsh', 0x64],
  ['rsh', 0x74],
  ['xor', 0xa4],
];

/** Few bits of a register, so that what is calculated from two of them stays small. */
const NARROW = 0x3f;

describe.each(CALCULATIONS)('%s', (name, code) => {
  test.each([1, 3, 7, 16, 31])('with the constant %i', (k) => {
    const program = [step(0x20, 16), step(0x54, 0x3ff), step(code, k), step(0x16)];
    fc.assert(
      fc.property(calls, (some) => {
        expect(agrees(program, some)).toBe(true);
      }),
      { numRuns: 1, seed: SEED, endOnFailure: true },
    );
  });

  test('with a register', () => {
    const loadBoth = [step(0x20, 24), step(0x54, NARROW), step(0x07), step(0x20, 16), step(0x54, NARROW)];
    const program = [...loadBoth, step(code | 0x08), step(0x16)];
    const diagrams = new Diagrams();
    const diagram = programDiagram(diagrams, programOf(program));
    for (let first = 0; first <= NARROW; first += 1) {
      for (let second = 0; second <= NARROW; second += 1) {
        const data = { arch: 0, nr: 0, args: [BigInt(first), BigInt(second)] };
        expect(diagrams.evaluate(diagram, callWords(data)), `${first} ${name} ${second}`).toBe(
          simulate(programOf(program), data),
        );
      }
    }
  });
});

test('negation, the length and the scratch memory', () => {
  const program = [
    step(0x20, 16),
    step(0x02, 15),
    step(0x81),
    step(0x03, 0),
    step(0x60, 15),
    step(0x84),
    step(0x61, 0),
    step(0x0c),
    step(0x54, 0xff),
    step(0x16),
  ];
  fc.assert(
    fc.property(calls, (some) => {
      expect(agrees(program, some)).toBe(true);
    }),
    { numRuns: 10, seed: SEED, endOnFailure: true },
  );
});

test('no code has a meaning here that it does not have for the kernel', () => {
  const known = Array.from({ length: 0x1_0000 }, (_, code) => code).filter((code) => {
    try {
      operationOf(step(code, 4), 0);
      return true;
    } catch {
      return false;
    }
  });
  expect(known).toEqual(OPERATION_CODES.toSorted((a, b) => a - b));
});

describe('what is too large to prove ends with an error', () => {
  /** Equality of two words, whose bits stand far from each other in the order. */
  const EQUAL_ARGUMENTS = [
    step(0x20, 16),
    step(0x07),
    step(0x20, 24),
    step(0x1d, 0, 0, 1),
    step(0x06, 1),
    step(0x06),
  ];

  test.each<[string, DiagramLimits]>([
    ['nodes', { mostNodes: 5000 }],
    ['steps', { mostSteps: 5000 }],
  ])('after too many %s', (unit, limits) => {
    expect(() => programDiagram(new Diagrams(limits), programOf(EQUAL_ARGUMENTS))).toThrow(
      `too large to prove: its proof takes more than 5000 ${unit}`,
    );
  });

  test('without limits of its own', () => {
    expect(() => programDiagram(new Diagrams(), programOf(EQUAL_ARGUMENTS))).toThrow(TooLargeToProveError);
  }, 20_000);

  test('when registers can have too many values', () => {
    const adding = Array.from({ length: 20 }, (_, bit): readonly Instruction[] => [
      step(0x20, 16),
      step(0x45, 2 ** bit, 0, 3),
      step(0x60, 0),
      step(0x04, 3 ** bit),
      step(0x02, 0),
    ]).flat();
    const program = [step(0x02, 0), ...adding, step(0x60, 0), step(0x16)];
    expect(() => programDiagram(new Diagrams(), programOf(program))).toThrow(/states of the program/);
  }, 20_000);
});

test('a program that the kernel refuses is no subject of a proof', () => {
  const diagrams = new Diagrams();
  expect(() => programDiagram(diagrams, programOf([step(0x94, 3), step(0x06)]))).toThrow(RangeError);
  expect(() => programDiagram(diagrams, programOf([step(0x05, 7), step(0x06)]))).toThrow(RangeError);
  expect(() => programDiagram(diagrams, programOf([step(0x20, 64), step(0x06)]))).toThrow(
    'instruction 0 (code 0x20, k 0x40) is none that the kernel accepts in a filter',
  );
});
