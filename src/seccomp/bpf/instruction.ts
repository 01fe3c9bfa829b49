import type { Architecture } from '../../kernel/architecture.ts';

/** One classic BPF instruction: `struct sock_filter { __u16 code; __u8 jt; __u8 jf; __u32 k; }`. */
export interface Instruction {
  readonly code: number;
  /** The number of instructions to skip when the test holds. */
  readonly jt: number;
  /** The number of instructions to skip when the test fails. */
  readonly jf: number;
  readonly k: number;
}

/** A filter as the kernel takes it. */
export interface Program {
  readonly architecture: Architecture;
  readonly instructions: readonly Instruction[];
}

/** The longest program. Source: `BPF_MAXINSNS`, include/uapi/linux/bpf_common.h. */
export const MAX_INSTRUCTIONS = 4096;

// Codes, combined from the classes, sizes, modes and operations of include/uapi/linux/bpf_common.h.
/** BPF_LD | BPF_W | BPF_ABS: load the word of `struct seccomp_data` at offset k. */
export const LOAD = 0x20;
/** BPF_ALU | BPF_AND | BPF_K */
export const AND = 0x54;
/** BPF_JMP | BPF_JA: skip k instructions. */
export const JUMP = 0x05;
/** BPF_JMP | BPF_JEQ | BPF_K */
export const JUMP_EQUAL = 0x15;
/** BPF_JMP | BPF_JGT | BPF_K */
export const JUMP_GREATER = 0x25;
/** BPF_JMP | BPF_JGE | BPF_K */
export const JUMP_GREATER_EQUAL = 0x35;
/** BPF_JMP | BPF_JSET | BPF_K */
export const JUMP_SET = 0x45;
/** BPF_RET | BPF_K */
export const RETURN = 0x06;

/** The size of `struct seccomp_data`. */
export const CALL_BYTES = 64;

// Offsets in `struct seccomp_data { int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6]; }`, little endian.
export const OFFSET_NR = 0;
export const OFFSET_ARCH = 4;
/** The address behind the instruction that made the call. */
export const OFFSET_INSTRUCTION_POINTER = 8;

/** Returns the offset of the low word of an argument, in bytes. The high word follows. */
export function argumentOffset(argument: number): number {
  return 16 + 8 * argument;
}
