import { constantNumber } from '../../kernel/constants.ts';
import { type Instruction, OFFSET_ARCH, OFFSET_NR, type Program } from './instruction.ts';
import { operationOf } from './operation.ts';
import { branchHolds } from './simulate.ts';

/**
 * Why the kernel runs a filter for a call each time.
 *
 * - `answer`: the answer is another one than plain allow, and only that is kept
 * - `word`: what is answered depends on a word that can differ each time: an argument, or where the call is made
 * - `operation`: an instruction that the kernel's emulation does not know, whatever it computes
 */
export type CacheObstacle =
  | { readonly kind: 'answer'; readonly instruction: number; readonly value: number }
  | { readonly kind: 'word'; readonly instruction: number; readonly offset: number }
  | { readonly kind: 'operation'; readonly instruction: number };

const ALLOW = constantNumber('SECCOMP_RET_ALLOW');

/**
 * Whether the kernel (5.11 or newer) answers a call number without running the filter: `undefined` when it does, else what
 * is in the way. It emulates the filter once, when that is installed, with the number and the machine alone: see
 * `seccomp_is_const_allow`, kernel/seccomp.c. Of a stack every filter has to pass.
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

/** What the kernel's emulation knows: loads of words, AND, jumps, tests and returns, all with constants. */
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
