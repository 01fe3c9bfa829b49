import { type Field, structData } from './data.ts';

/** The 64-bit arguments of all steps, behind each other. Steps whose arguments are the same numbers in a row share them. */
export class WordTable {
  readonly #words: bigint[] = [];

  get length(): number {
    return this.#words.length;
  }

  get bytes(): Uint8Array {
    return structData(this.#words.map((word): Field => [8, word])).bytes;
  }

  /** Where these words stand in a row; they are added when they do not. */
  place(wanted: readonly bigint[]): number {
    const end = this.#words.length - wanted.length;
    for (let first = 0; first <= end; first++)
      if (wanted.every((word, index) => this.#words[first + index] === word)) return first;
    const first = this.#words.length;
    this.#words.push(...wanted);
    return first;
  }
}
