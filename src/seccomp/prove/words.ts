/** The words of `struct seccomp_data` in the order in which diagrams look at them. */
export const WORD_ARCH = 0;
export const WORD_NR = 1;
/** The high word of the address behind the call; the low one follows. */
export const WORD_INSTRUCTION_POINTER = 2;
export const WORDS = 16;

/** The high word of an argument; the low one follows. */
export function argumentWord(argument: number): number {
  return 4 + 2 * argument;
}

/** The level of a word's most significant bit; the others follow. */
export function firstLevel(word: number): number {
  return 32 * word;
}

/** A call as diagrams see it: the values of all words, by their place in the order. */
export type CallWords = Uint32Array;

/** A 64-bit field by its high word. */
export function wordsField(words: CallWords, high: number): bigint {
  return (BigInt(words[high] ?? 0) << 32n) | BigInt(words[high + 1] ?? 0);
}
