import { type Field, structData } from '../data.ts';

/** The 64-bit arguments of all steps, behind each other. Steps whose arguments are the same numbers in a row share them. */
export class WordTable {
  readonly #words: bigint[] = [];

  get length(): number {
    return this.#words.length;
  }

  get bytes(): Uint8Array {
    return structData(this.#words.map((word): Field => [8, word])).bytes;
  }

  /** Returns the position at which these words stand in a row, and adds them when they do not. */
  place(wanted: readonly bigint[]): number {
    const words = this.#words;
    const [start] = wanted;
    if (start === undefined) return 0;
    for (let at = words.indexOf(start); at !== -1; at = words.indexOf(start, at + 1))
      if (wanted.every((word, index) => words[at + index] === word)) return at;
    const first = words.length;
    words.push(...wanted);
    return first;
  }
}
