/** Numbers for pairs of numbers below 2^26; equal pairs have equal numbers. */
export class PairTable {
  readonly #numbers = new Map<number, number>();

  of(first: number, second: number): number {
    const key = first * 0x400_0000 + second;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size + 1;
    this.#numbers.set(key, number);
    return number;
  }
}
