import {
  argumentOffset,
  CALL_BYTES,
  type Instruction,
  OFFSET_ARCH,
  OFFSET_INSTRUCTION_POINTER,
  OFFSET_NR,
  type Program,
} from './instruction.ts';
import { type BranchTest, type Operation, type Operator, operationOf } from './operation.ts';

/** The view that a filter has of a call: `struct seccomp_data`. */
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

/** The memory that a program loads words from: a call, or a packet. */
export interface Loadable {
  readonly length: number;
  /** Throws a RangeError where the kernel has no word. */
  readonly word: (offset: number) => number;
}

/** The answer of a program to a call, and the instructions that it executed on the way. */
export interface Run {
  /** The SECCOMP_RET_* value; `decodeAction` turns it into the kernel's action. */
  readonly value: number;
  readonly path: readonly number[];
}

/**
 * Runs a program as the kernel does (`seccomp_run_filters`, kernel/seccomp.c) and returns its SECCOMP_RET_* value.
 * Throws a RangeError for a program that the kernel would not have accepted.
 */
export function simulate(program: Program, call: CallData): number {
  return new Machine(program.instructions, wordsOf(call)).run();
}

/** The same, with the way that it took. */
export function trace(program: Program, call: CallData): Run {
  return traceOver(program, wordsOf(call));
}

/** The same over other memory than a call, such as a packet. */
export function traceOver({ instructions }: Pick<Program, 'instructions'>, memory: Loadable): Run {
  const path: number[] = [];
  const value = new Machine(instructions, memory).run((index) => path.push(index));
  return { value, path };
}

function wordsOf(call: CallData): Loadable {
  return { length: CALL_BYTES, word: (offset) => callWord(call, offset) };
}

/** All words are unsigned 32-bit numbers; a division by X = 0 ends the program with the answer 0. */
class Machine {
  readonly #instructions: readonly Instruction[];
  readonly #memory: Loadable;
  readonly #scratch: number[] = [];
  #accumulator = 0;
  #index = 0;

  constructor(instructions: readonly Instruction[], memory: Loadable) {
    this.#instructions = instructions;
    this.#memory = memory;
  }

  run(visit?: (instruction: number) => void): number {
    for (let next = 0; ; next += 1) {
      const instruction = this.#instructions[next];
      if (instruction === undefined) throw new RangeError(`the program runs past its end at ${next}`);
      const operation = operationOf(instruction.code);
      visit?.(next);
      if (operation === undefined)
        throw new RangeError(`the kernel has no instruction 0x${instruction.code.toString(16)} in a filter`);
      switch (operation.kind) {
        case 'return':
          return operation.value === 'k' ? instruction.k : this.#accumulator;
        case 'jump':
          next += instruction.k;
          break;
        case 'branch': {
          const operand = operation.operand === 'k' ? instruction.k : this.#index;
          next += branchHolds(operation.test, this.#accumulator, operand) ? instruction.jt : instruction.jf;
          break;
        }
        case 'compute': {
          const operand = operation.operand === 'k' ? instruction.k : this.#index;
          if (operation.operator === '/' && operand === 0) return 0;
          this.#accumulator = compute(operation.operator, this.#accumulator, operand);
          break;
        }
        default:
          this.#move(operation, instruction.k);
      }
    }
  }

  #move(operation: Extract<Operation, { kind: 'load' | 'store' | 'negate' | 'copy' }>, k: number): void {
    switch (operation.kind) {
      case 'load': {
        const value = this.#loaded(operation.from, k);
        if (operation.register === 'A') this.#accumulator = value;
        else this.#index = value;
        break;
      }
      case 'store':
        this.#scratch[k] = operation.register === 'A' ? this.#accumulator : this.#index;
        break;
      case 'negate':
        this.#accumulator = -this.#accumulator >>> 0;
        break;
      case 'copy':
        if (operation.to === 'A') this.#accumulator = this.#index;
        else this.#index = this.#accumulator;
    }
  }

  #loaded(from: Extract<Operation, { kind: 'load' }>['from'], k: number): number {
    switch (from) {
      case 'constant':
        return k;
      case 'length':
        return this.#memory.length;
      case 'call':
        return this.#memory.word(k);
      case 'memory': {
        const word = this.#scratch[k];
        if (word === undefined) throw new RangeError(`mem[${k}] is read and was never written`);
        return word;
      }
    }
  }
}

/** The word of `struct seccomp_data` at an offset, little endian as both architectures are. */
export function callWord(call: CallData, offset: number): number {
  if (offset === OFFSET_NR) return call.nr >>> 0;
  if (offset === OFFSET_ARCH) return call.arch >>> 0;
  if (offset % 4 !== 0 || offset < 0 || offset >= CALL_BYTES)
    throw new RangeError(`there is no word at offset ${offset}`);
  const wide =
    offset < argumentOffset(0)
      ? (call.instructionPointer ?? 0n)
      : (call.args[Math.floor((offset - argumentOffset(0)) / 8)] ?? 0n);
  const high = offset % 8 !== OFFSET_INSTRUCTION_POINTER % 8;
  return Number(BigInt.asUintN(32, high ? wide >> 32n : wide));
}

/** Returns whether a test of two words holds. */
export function branchHolds(test: BranchTest, left: number, right: number): boolean {
  switch (test) {
    case '==':
      return left === right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '&':
      return (left & right) !== 0;
  }
}

/** The kernel's arithmetic of words: it wraps, and shifts take the lowest five bits of their distance. */
function compute(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return (left + right) >>> 0;
    case '-':
      return (left - right) >>> 0;
    case '*':
      return Math.imul(left, right) >>> 0;
    case '/':
      return Math.floor(left / right);
    case '|':
      return (left | right) >>> 0;
    case '&':
      return (left & right) >>> 0;
    case '^':
      return (left ^ right) >>> 0;
    case '<<':
      return (left << right) >>> 0;
    case '>>':
      return left >>> right;
  }
}
