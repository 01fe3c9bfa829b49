import type { ProgramProblem } from './check-instructions.ts';
import type { Instruction } from './instruction.ts';
import { operationOf } from './operation.ts';

/** One bit for each word of scratch memory. */
const EVERY_WORD = 0xffff;

/**
 * Returns reads of scratch memory that not every way has written before.
 *
 * It goes down the program once, as the kernel's own check does (`check_load_and_stores`, net/core/filter.c). Like that check,
 * it takes the instruction behind a return as reached from the return.
 *
 * @param instructions a program that has passed the other checks
 */
export function checkScratch(instructions: readonly Instruction[]): readonly ProgramProblem[] {
  const problems: ProgramProblem[] = [];
  const arriving = new Uint16Array(instructions.length).fill(EVERY_WORD);
  const arrive = (target: number, words: number): void => {
    arriving[target] = (arriving[target] ?? EVERY_WORD) & words;
  };
  let written = 0;
  for (const [index, { code, jt, jf, k }] of instructions.entries()) {
    written &= arriving[index] ?? EVERY_WORD;
    const operation = operationOf(code);
    switch (operation?.kind) {
      case 'store':
        written |= 1 << k;
        break;
      case 'load':
        if (operation.from === 'memory' && (written & (1 << k)) === 0) problems.push(unwritten(index, k));
        break;
      case 'jump':
        arrive(index + 1 + k, written);
        written = EVERY_WORD;
        break;
      case 'branch':
        arrive(index + 1 + jt, written);
        arrive(index + 1 + jf, written);
        written = EVERY_WORD;
        break;
    }
  }
  return problems;
}

function unwritten(instruction: number, word: number): ProgramProblem {
  return {
    code: 'bpf-unwritten',
    instruction,
    message: `mem[${word}] is read, and not every way to here has written it`,
    help: `write mem[${word}] before the ways part, such as \`mem[${word}] = A\` at the beginning`,
  };
}
