import type { ArgumentIndex } from '../condition.ts';
import { argumentWord, firstLevel, WORD_INSTRUCTION_POINTER } from '../prove/words.ts';

export const FIELD_BITS = 64;

/** The first level of the bits of the address behind a call. */
export const INSTRUCTION_POINTER_LEVEL: number = firstLevel(WORD_INSTRUCTION_POINTER);

const ARGUMENTS: readonly ArgumentIndex[] = [0, 1, 2, 3, 4, 5];

/** The argument whose bits a level belongs to; `undefined`: none. */
export function argumentOfLevel(level: number): ArgumentIndex | undefined {
  return ARGUMENTS.find((argument) => {
    const first = argumentLevel(argument);
    return level >= first && level < first + FIELD_BITS;
  });
}

/** The first level of an argument's bits. */
export function argumentLevel(argument: ArgumentIndex): number {
  return firstLevel(argumentWord(argument));
}
