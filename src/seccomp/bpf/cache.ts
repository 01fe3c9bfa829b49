import { constantNumber } from '../../kernel/constants.ts';
import { type Instruction, OFFSET_ARCH, OFFSET_NR, type Program } from './instruction.ts';
import { operationOf } from './operation.ts';
import { branchHolds } from './simulate.ts';

/**
 * A reason why the kernel runs a filter at each call.
 *
 * - `answer`: the answer is not a plain allow, and the kernel remembers no other
 * - `word`: the answer depends on a word that can differ each time: an argument, or the place of the call
 * - `operation`: the kernel's emulation does not know the instruction
 */
export type CacheObstacle =
  | { readonly kind: 'answer'; readonly instruction: number; readonly value: number }
  | { readonly kind: 'word'; readonly instruction: number; readonly offset: number }
  | { readonly kind: 'operation'; readonly instruction: number };

const ALLOW = constantNumber('SECCOMP_RET_ALLOW');

/**
 * Returns the obstacle to answering a call number without running the filter, as the kernel does from 5.11 on. `undefined`:
 * there is none. The kernel emulates the filter once, at installation, with the number and the machine alone: see
 * `seccomp_is_const_allow`, kernel/seccomp.c. In a stack, every filter has to pass.
 */
export function cacheObstacle(
  { instructions }: Pick<Program, 'instructions'>,
  { arch, nr }: { readonly arch: number; readonly nr: number },
): CacheObstacle | undefined {
  let accumulator = 0;
  for (let next = 0; ; next += 1) {
    const instruction = instructions[next];
    if (instruction === undefined) throw new RangeError(`the program runs past its end at ${next}`);
    const { jt, jf, k } = instruction;
    const step = emulated(instruction);
    switch (step?.kind) {
      case undefined:
        return { kind: 'operation', instruction: next };
      case 'return':
        return k === ALLOW ? undefined : { kind: 'answer', instruction: next, value: k };
      case 'load':
        if (k !== OFFSET_NR && k !== OFFSET_ARCH) return { kind: 'word', instruction: next, offset: k };
        accumulator = k === OFFSET_NR ? nr : arch;
        break;
      case 'compute':
        accumulator = (accumulator & k) >>> 0;
        break;
      case 'jump':
        next += k;
        break;
      case 'branch':
        next += branchHolds(step.test, accumulator, k) ? jt : jf;
        break;
    }
  }
}

type Emulated = Exclude<
  ReturnType<typeof operationOf>,
  undefined | { readonly kind: 'store' | 'negate' | 'copy' }
>;

/**
 * Returns the operation if the kernel's emulation knows it: loads of words, AND, jumps, tests and returns, all with constants.
 */
function emulated({ code }: Instruction): Emulated | undefined {
  const operation = operationOf(code);
  switch (operation?.kind) {
    case 'load':
      return operation.from === 'call' ? operation : undefined;
    case 'compute':
      return operation.operator === '&' && operation.operand === 'k' ? operation : undefined;
    case 'branch':
      return operation.operand === 'k' ? operation : undefined;
    case 'return':
      return operation.value === 'k' ? operation : undefined;
    case 'jump':
      return operation;
    default:
      return undefined;
  }
}
