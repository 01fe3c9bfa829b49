import { CALL_BYTES, type Instruction, MAX_INSTRUCTIONS, type Program } from './instruction.ts';
import { operationOf } from './operation.ts';
import { checkScratch } from './scratch.ts';

/** A reason for which the kernel refuses a program. */
export interface ProgramProblem {
  /** Stable and kebab-case. */
  readonly code: string;
  /** The instruction at fault, from 0; `undefined` when it is the length. */
  readonly instruction: number | undefined;
  readonly message: string;
  readonly help: string;
}

/** Words of scratch memory. Source: `BPF_MEMWORDS`, include/uapi/linux/filter.h. */
const SCRATCH_WORDS = 16;

type Complaint = Pick<ProgramProblem, 'code' | 'message' | 'help'>;

/** Returns the reason for which the kernel refuses a load at an offset. */
export type LoadCheck = (k: number) => Complaint | undefined;

/**
 * Lists every reason for which the kernel would refuse a program. The kernel stops at the first one with EINVAL. An empty list
 * means that the kernel takes the program. The rules are those of `bpf_check_classic` (net/core/filter.c) and
 * `seccomp_check_filter` (kernel/seccomp.c).
 *
 * @param checkLoad the rule for loads of the memory that the program is about: of a call, if left out
 */
export function checkInstructions(
  { instructions }: Pick<Program, 'instructions'>,
  checkLoad: LoadCheck = checkCallLoad,
): readonly ProgramProblem[] {
  const { length } = instructions;
  if (length === 0 || length > MAX_INSTRUCTIONS) {
    const message = `expected 1 to ${MAX_INSTRUCTIONS} instructions, found ${length}`;
    const help = 'the kernel takes no other length';
    return [{ code: 'bpf-length', instruction: undefined, message, help }];
  }
  const problems = instructions.flatMap((instruction, index): readonly ProgramProblem[] => {
    const complaint = complaintAbout(instruction, length - index - 1, checkLoad);
    return complaint === undefined ? [] : [{ instruction: index, ...complaint }];
  });
  const last = instructions.at(-1);
  if (last !== undefined && operationOf(last.code)?.kind !== 'return') {
    problems.push({
      code: 'bpf-no-return',
      instruction: length - 1,
      message: 'the last instruction is not a return',
      help: 'end the program with the answer for what no test decides, such as `return kill_process`',
    });
  }
  return problems.length > 0 ? problems : checkScratch(instructions);
}

/** @param after the number of instructions that follow */
function complaintAbout(
  { code, jt, jf, k }: Instruction,
  after: number,
  checkLoad: LoadCheck,
): Complaint | undefined {
  const operation = operationOf(code);
  switch (operation?.kind) {
    case undefined:
      return {
        code: 'bpf-opcode',
        message: `the kernel allows no instruction 0x${code.toString(16)} in a filter of system calls`,
        help: 'filters have word loads, constants, scratch memory, + - * / | & ^ << >>, jumps and returns; no remainder, no bytes',
      };
    case 'load':
      if (operation.from === 'call') return checkLoad(k);
      return operation.from === 'memory' ? scratchComplaint(k) : undefined;
    case 'store':
      return scratchComplaint(k);
    case 'compute':
      return operation.operand === 'k' ? badConstant(operation.operator, k) : undefined;
    case 'jump':
      return k >= after ? pastEnd(k, after) : undefined;
    case 'branch':
      return Math.max(jt, jf) >= after ? pastEnd(Math.max(jt, jf), after) : undefined;
    default:
      return undefined;
  }
}

function checkCallLoad(k: number): Complaint | undefined {
  if (k < CALL_BYTES && k % 4 === 0) return undefined;
  const message =
    k >= CALL_BYTES
      ? `the load at offset ${k} is outside of struct seccomp_data, which has ${CALL_BYTES} bytes`
      : `the load at offset ${k} is not aligned to a word`;
  return { code: 'bpf-offset', message, help: 'loads take whole words: offsets 0, 4, 8 and so on up to 60' };
}

function badConstant(operator: string, k: number): Complaint | undefined {
  if (operator === '/' && k === 0) {
    const help = 'a division by X is allowed; when X is 0, the filter answers 0, which kills the thread';
    return { code: 'bpf-division', message: 'the program divides by the constant 0', help };
  }
  if ((operator === '<<' || operator === '>>') && k >= 32) {
    return {
      code: 'bpf-shift',
      message: `the program shifts by ${k} bits, a word has 32`,
      help: 'shift by 0 to 31',
    };
  }
  return undefined;
}

function scratchComplaint(k: number): Complaint | undefined {
  if (k < SCRATCH_WORDS) return undefined;
  const message = `there is no scratch word ${k}`;
  return { code: 'bpf-scratch', message, help: `scratch words are mem[0] to mem[${SCRATCH_WORDS - 1}]` };
}

function pastEnd(distance: number, after: number): Complaint {
  return {
    code: 'bpf-jump',
    message: `a jump of ${distance} leaves the program, which ends ${after} further on`,
    help: 'a jump ends on an instruction of the program, and only forwards',
  };
}
