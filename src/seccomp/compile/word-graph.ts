/** A test of one 32-bit word, as BPF can do it. */
export interface WordTest {
  readonly offset: number;
  /** The word is and-ed with this before `==`, `>` and `>=`. */
  readonly mask: number;
  /** `set`: any bit of `value` is set. */
  readonly comparison: '==' | '>' | '>=' | 'set';
  readonly value: number;
}

export type WordNode =
  | { readonly kind: 'return'; readonly id: number; readonly value: number }
  | {
      readonly kind: 'test';
      readonly id: number;
      readonly test: WordTest;
      readonly then: WordNode;
      readonly otherwise: WordNode;
    };

export const ALL_ONES = 0xffff_ffff;

/** Builds the graph of word tests from its ends. Equal parts are shared, and constant tests disappear. */
export class WordGraph {
  #count = 0;
  readonly #interned = new Map<string, WordNode>();

  answer(value: number): WordNode {
    return this.#intern(`${value}`, (id) => ({ kind: 'return', id, value }));
  }

  equal(offset: number, mask: number, value: number, then: WordNode, otherwise: WordNode): WordNode {
    if ((value & ~mask) !== 0) return otherwise;
    if (mask === 0) return then;
    if (mask !== ALL_ONES) {
      const bit = (mask & (mask - 1)) === 0;
      if (value === 0)
        return this.#test({ offset, mask: ALL_ONES, comparison: 'set', value: mask }, otherwise, then);
      if (bit) return this.#test({ offset, mask: ALL_ONES, comparison: 'set', value: mask }, then, otherwise);
    }
    return this.#test({ offset, mask, comparison: '==', value }, then, otherwise);
  }

  greater(offset: number, mask: number, value: number, then: WordNode, otherwise: WordNode): WordNode {
    if (value >= mask) return otherwise;
    return this.#test({ offset, mask, comparison: '>', value }, then, otherwise);
  }

  greaterEqual(offset: number, mask: number, value: number, then: WordNode, otherwise: WordNode): WordNode {
    if (value === 0) return then;
    if (value > mask) return otherwise;
    return this.#test({ offset, mask, comparison: '>=', value }, then, otherwise);
  }

  #test(test: WordTest, then: WordNode, otherwise: WordNode): WordNode {
    if (then === otherwise) return then;
    const { offset, mask, comparison, value } = test;
    const key = `${offset} & ${mask} ${comparison} ${value} ? ${then.id} : ${otherwise.id}`;
    return this.#intern(key, (id) => ({ kind: 'test', id, test, then, otherwise }));
  }

  #intern(key: string, make: (id: number) => WordNode): WordNode {
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    const node = make(this.#count);
    this.#count += 1;
    this.#interned.set(key, node);
    return node;
  }
}
