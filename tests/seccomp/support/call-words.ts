import {
  argumentWord,
  type CallWords,
  WORD_ARCH,
  WORD_INSTRUCTION_POINTER,
  WORD_NR,
  WORDS,
} from '../../../src/seccomp/prove/words.ts';

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
