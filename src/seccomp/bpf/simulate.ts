import {
  AND,
  type Instruction,
  JUMP,
  JUMP_EQUAL,
  JUMP_GREATER,
  JUMP_GREATER_EQUAL,
  JUMP_SET,
  LOAD,
  type Program,
  RETURN,
} from './instruction.ts';

/** What a filter sees of a call: `struct seccomp_data`. */
export interface CallData {
  /** AUDIT_ARCH_* */
  readonly arch: number;
  /** Unsigned: -1 is 0xffffffff. */
  readonly nr: number;
  /** The registers, whole; missing ones are 0. */
  readonly args: readonly bigint[];
  /** The address behind the instruction that makes the call; 0 if left out. */
  readonly instructionPointer?: bigint;
}

function dataWords({ arch, nr, args, instructionPointer = 0n }: CallData): ReadonlyMap<number, number> {
  const words = new Map([
    [0, nr >>> 0],
    [4, arch >>> 0],
    [8, Number(instructionPointer & 0xffff_ffffn)],
    [12, Number(instructionPointer >> 32n)],
  ]);
  for (let index = 0; index < 6; index += 1) {
    const value = BigInt.asUintN(64, args[index] ?? 0n);
    words.set(16 + 8 * index, Number(value & 0xffff_ffffn));
    words.set(20 + 8 * index, Number(value >> 32n));
  }
  return words;
}

/**
 * Runs a program as the kernel does (`seccomp_run_filters`, kernel/seccomp.c) and returns its SECCOMP_RET_* value.
 * Throws a RangeError for a program that the kernel would not have accepted.
 */
export function simulate(program: Program, call: CallData): number {
  const words = dataWords(call);
  let accumulator = 0;
  let next = 0;
  for (;;) {
    const instruction = program.instructions[next];
    if (instruction === undefined) throw new RangeError(`the program runs past its end at ${next}`);
    const { code, k } = instruction;
    next += 1;
    switch (code) {
      case RETURN:
        return k;
      case LOAD: {
        const word = words.get(k);
        if (word === undefined) throw new RangeError(`there is no word at offset ${k}`);
        accumulator = word;
        break;
      }
      case AND:
        accumulator = (accumulator & k) >>> 0;
        break;
      case JUMP:
        next += k;
        break;
      default:
        next += holds(instruction, accumulator) ? instruction.jt : instruction.jf;
    }
  }
}

function holds({ code, k }: Instruction, accumulator: number): boolean {
  switch (code) {
    case JUMP_EQUAL:
      return accumulator === k;
    case JUMP_GREATER:
      return accumulator > k;
    case JUMP_GREATER_EQUAL:
      return accumulator >= k;
    case JUMP_SET:
      return (accumulator & k) !== 0;
    default:
      throw new RangeError(`instruction code 0x${code.toString(16)} is not one of a seccomp filter of ours`);
  }
}
