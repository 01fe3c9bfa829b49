import fc from 'fast-check';
import { type Instruction, OFFSET_NR } from '../../../src/seccomp/bpf/instruction.ts';
import { OPERATION_CODES } from '../../../src/seccomp/bpf/operation.ts';

/** The constants at which checks and arithmetic change their minds. */
const CONSTANTS = [
  0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 17, 31, 32, 60, 61, 63, 64, 600, 0x7fff_0000, 0xffff_ffff,
];

const constant = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...CONSTANTS) },
  { weight: 1, arbitrary: fc.nat(0xffff_ffff) },
);

/** Opcodes that the kernel knows elsewhere, and those of filters. */
const code = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(...OPERATION_CODES) },
  { weight: 1, arbitrary: fc.nat(0xff) },
  { weight: 1, arbitrary: fc.nat(0xffff) },
);

const anyInstruction: fc.Arbitrary<Instruction> = fc.record({
  code,
  jt: fc.oneof(fc.nat(4), fc.nat(255)),
  jf: fc.oneof(fc.nat(4), fc.nat(255)),
  k: constant,
});

/** Anything that has the shape of a program; most are refused for several reasons. */
export const anyProgram: fc.Arbitrary<readonly Instruction[]> = fc.array(anyInstruction, { maxLength: 24 });

const RETURNED = [0x8000_0000, 0, 0x3_0000, 0x5_0000, 0x7fc0_0000, 0x7ff0_0000, 0x7ffc_0000, 0x7fff_0000];

/** Every kind of answer, with data, and some that the kernel does not know. */
const answer = fc.oneof(
  fc.tuple(fc.constantFrom(...RETURNED), fc.nat(0xffff)).map(([action, data]) => action + data),
  fc.nat(0xffff).map((errno) => 0x5_0000 + errno),
  fc.nat(0xffff_ffff),
);

const SHIFTS = new Set([0x64, 0x74]);
const SCRATCH = new Set([0x60, 0x61, 0x02, 0x03]);
const BRANCHES = new Set([0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d]);

/** An instruction that the kernel takes in this place; `after` instructions follow. */
function fitted(
  { code: wanted, jt, jf, k }: Instruction,
  after: number,
  offsets: readonly number[],
): Instruction {
  const jumps = { jt: jt % after, jf: jf % after };
  if (BRANCHES.has(wanted)) return { code: wanted, ...jumps, k };
  if (wanted === 0x05) return { code: wanted, jt, jf, k: k % Math.min(after, 4) };
  if (wanted === 0x20) return { code: wanted, jt, jf, k: offsets[k % offsets.length] ?? OFFSET_NR };
  if (SHIFTS.has(wanted)) return { code: wanted, jt, jf, k: k % 32 };
  if (SCRATCH.has(wanted)) return { code: wanted, jt, jf, k: k % 4 };
  return { code: wanted, jt, jf, k: wanted === 0x34 && k === 0 ? 3 : k };
}

const ALL_OFFSETS = Array.from({ length: 16 }, (_, index) => 4 * index);
const CODES_WITHOUT_RETURN = OPERATION_CODES.filter((each) => each !== 0x06 && each !== 0x16);

/** The four scratch words are written first, so that every later read of them is allowed. */
const WRITE_SCRATCH: readonly Instruction[] = [0, 1, 2, 3].map((k) => ({ code: 0x02, jt: 0, jf: 0, k }));

/** Where a program ends: with the lowest bits of A as errno, with A itself, or with a constant. */
const ending: fc.Arbitrary<readonly Instruction[]> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constant<readonly Instruction[]>([
      { code: 0x54, jt: 0, jf: 0, k: 0xfff },
      { code: 0x44, jt: 0, jf: 0, k: 0x5_0000 },
      { code: 0x16, jt: 0, jf: 0, k: 0 },
    ]),
  },
  { weight: 1, arbitrary: fc.constant<readonly Instruction[]>([{ code: 0x16, jt: 9, jf: 9, k: 9 }]) },
  { weight: 1, arbitrary: answer.map((k): readonly Instruction[] => [{ code: 0x06, jt: 0, jf: 0, k }]) },
);

/**
 * Programs that the kernel takes, with every operation, in all of their fields.
 *
 * @param start what stands in front
 */
export function legalProgram(start: readonly Instruction[] = []): fc.Arbitrary<readonly Instruction[]> {
  const body = fc.array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          code: fc.constantFrom(...CODES_WITHOUT_RETURN),
          jt: fc.nat(255),
          jf: fc.nat(255),
          k: constant,
        }),
      },
      { weight: 1, arbitrary: answer.map((k) => ({ code: 0x06, jt: 0, jf: 0, k })) },
    ),
    { maxLength: 40 },
  );
  return fc.tuple(body, ending).map(([middle, end]) => {
    const instructions = middle.map((instruction, index) =>
      fitted(instruction, middle.length - index - 1 + end.length, ALL_OFFSETS),
    );
    return [...start, ...WRITE_SCRATCH, ...instructions, ...end];
  });
}

/** A program with one field of one instruction changed, an instruction gone, or one twice. */
export function mutated(program: fc.Arbitrary<readonly Instruction[]>): fc.Arbitrary<readonly Instruction[]> {
  const change = fc.oneof(
    code.map((value) => (instruction: Instruction) => [{ ...instruction, code: value }]),
    constant.map((value) => (instruction: Instruction) => [{ ...instruction, k: value }]),
    fc.nat(255).map((value) => (instruction: Instruction) => [{ ...instruction, jt: value }]),
    fc.nat(255).map((value) => (instruction: Instruction) => [{ ...instruction, jf: value }]),
    fc.constant(() => []),
    fc.constant((instruction: Instruction) => [instruction, instruction]),
  );
  return fc
    .tuple(program, fc.nat(1000), change)
    .map(([instructions, place, edit]) =>
      instructions.flatMap((instruction, index) =>
        index === place % instructions.length ? edit(instruction) : [instruction],
      ),
    );
}
