import type { Instruction } from '../bpf/instruction.ts';
import { argumentWord, WORD_ARCH, WORD_INSTRUCTION_POINTER, WORD_NR } from './words.ts';

/** The accumulator and the index register. */
export type Register = 'a' | 'x';

/** The origin of a value that an instruction takes. */
export type Source =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'word'; readonly word: number }
  | { readonly kind: 'cell'; readonly cell: number }
  | { readonly kind: 'register'; readonly register: Register };

export type Operator = 'add' | 'sub' | 'mul' | 'div' | 'or' | 'and' | 'lsh' | 'rsh' | 'xor';

export type Test = 'equal' | 'greater' | 'greater-equal' | 'set';

/** The operation of one instruction; jumps are counted from the instruction behind it. */
export type Operation =
  | { readonly kind: 'load'; readonly into: Register; readonly from: Source }
  | { readonly kind: 'store'; readonly from: Register; readonly cell: number }
  | { readonly kind: 'calculate'; readonly operator: Operator; readonly operand: Source }
  | { readonly kind: 'negate' }
  | { readonly kind: 'jump'; readonly skip: number }
  | {
      readonly kind: 'branch';
      readonly test: Test;
      readonly operand: Source;
      readonly whenTrue: number;
      readonly whenFalse: number;
    }
  | { readonly kind: 'return'; readonly value: Source };

const A: Source = { kind: 'register', register: 'a' };
const X: Source = { kind: 'register', register: 'x' };

/** `sizeof(struct seccomp_data)` */
const DATA_LENGTH: Source = { kind: 'constant', value: 64 };

const OPERATORS: ReadonlyMap<number, Operator> = new Map([
  [0x00, 'add'],
  [0x10, 'sub'],
  [0x20, 'mul'],
  [0x30, 'div'],
  [0x40, 'or'],
  [0x50, 'and'],
  [0x60, 'lsh'],
  [0x70, 'rsh'],
  [0xa0, 'xor'],
]);

const TESTS: ReadonlyMap<number, Test> = new Map([
  [0x10, 'equal'],
  [0x20, 'greater'],
  [0x30, 'greater-equal'],
  [0x40, 'set'],
]);

function word(offset: number): Source | undefined {
  if (offset === 0) return { kind: 'word', word: WORD_NR };
  if (offset === 4) return { kind: 'word', word: WORD_ARCH };
  if (offset % 4 !== 0 || offset < 0 || offset >= 64) return undefined;
  // Little endian: the low word of a field comes first.
  const isLow = offset % 8 === 0;
  const high = offset < 16 ? WORD_INSTRUCTION_POINTER : argumentWord(Math.floor((offset - 16) / 8));
  return { kind: 'word', word: isLow ? high + 1 : high };
}

function cell(k: number): Source | undefined {
  return k < 16 ? { kind: 'cell', cell: k } : undefined;
}

/** BPF_LD and BPF_LDX by the rest of the code: from a word (LD only), immediate, from scratch memory, the length. */
function load({ code, k }: Instruction, into: Register): Operation | undefined {
  const mode = code & 0xf8;
  const from =
    mode === 0x20 && into === 'a'
      ? word(k)
      : mode === 0x00
        ? ({ kind: 'constant', value: k } as const)
        : mode === 0x60
          ? cell(k)
          : mode === 0x80
            ? DATA_LENGTH
            : undefined;
  return from === undefined ? undefined : { kind: 'load', into, from };
}

function calculation({ code, k }: Instruction): Operation | undefined {
  if (code === 0x84) return { kind: 'negate' };
  const operator = OPERATORS.get(code & 0xf0);
  if (operator === undefined) return undefined;
  if ((code & 0x08) !== 0) return { kind: 'calculate', operator, operand: X };
  const isShift = operator === 'lsh' || operator === 'rsh';
  if ((isShift && k >= 32) || (operator === 'div' && k === 0)) return undefined;
  return { kind: 'calculate', operator, operand: { kind: 'constant', value: k } };
}

function jump({ code, jt, jf, k }: Instruction): Operation | undefined {
  if (code === 0x05) return { kind: 'jump', skip: k };
  const test = TESTS.get(code & 0xf0);
  if (test === undefined) return undefined;
  const operand: Source = (code & 0x08) === 0 ? { kind: 'constant', value: k } : X;
  return { kind: 'branch', test, operand, whenTrue: jt, whenFalse: jf };
}

function decode(instruction: Instruction): Operation | undefined {
  const { code, k } = instruction;
  if (code > 0xff) return undefined;
  switch (code & 0x07) {
    case 0x00:
      return load(instruction, 'a');
    case 0x01:
      return load(instruction, 'x');
    case 0x02:
      return code === 0x02 && k < 16 ? { kind: 'store', from: 'a', cell: k } : undefined;
    case 0x03:
      return code === 0x03 && k < 16 ? { kind: 'store', from: 'x', cell: k } : undefined;
    case 0x04:
      return calculation(instruction);
    case 0x05:
      return jump(instruction);
    case 0x06:
      if (code === 0x06) return { kind: 'return', value: { kind: 'constant', value: k } };
      return code === 0x16 ? { kind: 'return', value: A } : undefined;
    default:
      if (code === 0x07) return { kind: 'load', into: 'x', from: A };
      return code === 0x87 ? { kind: 'load', into: 'a', from: X } : undefined;
  }
}

/**
 * Reads the operation of an instruction from its code, once more, so that a proof does not lean on the compiler's tables. The
 * codes are those of include/uapi/linux/bpf_common.h that `seccomp_check_filter` (kernel/seccomp.c) lets through.
 *
 * @throws RangeError for an instruction that the kernel refuses
 */
export function operationOf(instruction: Instruction, index: number): Operation {
  const operation = decode(instruction);
  if (operation !== undefined) return operation;
  const { code, k } = instruction;
  throw new RangeError(
    `instruction ${index} (code 0x${code.toString(16)}, k 0x${k.toString(16)}) is none that the kernel accepts in a filter`,
  );
}
