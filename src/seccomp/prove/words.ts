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

/** What a call's words hold; `args` are whole registers, missing ones are 0. */
export function callWords(call: {
  readonly arch: number;
  readonly nr: number;
  readonly args: readonly bigint[];
  readonly instructionPointer?: bigint;
}): CallWords {
  const words = new Uint32Array(WORDS);
  words[WORD_ARCH] = call.arch;
  words[WORD_NR] = call.nr;
  setField(words, WORD_INSTRUCTION_POINTER, call.instructionPointer ?? 0n);
  for (let argument = 0; argument < 6; argument += 1)
    setField(words, argumentWord(argument), call.args[argument] ?? 0n);
  return words;
}

function setField(words: CallWords, high: number, value: bigint): void {
  words[high] = Number(BigInt.asUintN(32, value >> 32n));
  words[high + 1] = Number(BigInt.asUintN(32, value));
}

/** A 64-bit field by its high word. */
export function wordsField(words: CallWords, high: number): bigint {
  return (BigInt(words[high] ?? 0) << 32n) | BigInt(words[high + 1] ?? 0);
}
