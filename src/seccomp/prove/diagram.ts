import { ANSWER_LEVEL, NodeStore } from './node-store.ts';
import { TooLargeToProveError } from './too-large.ts';
import { type CallWords, firstLevel, WORD_INSTRUCTION_POINTER } from './words.ts';

/** A function of a call, as a node of one `Diagrams`: equal functions are equal numbers. */
export type Diagram = number;

/** The limits of a proof. Beyond them a `TooLargeToProveError` is thrown. */
export interface DiagramLimits {
  readonly mostNodes?: number;
  readonly mostSteps?: number;
}

/** The diagrams for the three outcomes of comparing a field with a value. */
export interface ThreeWays {
  readonly above: Diagram;
  readonly equal: Diagram;
  readonly below: Diagram;
}

/** Some seconds. */
const MOST_STEPS = 1 << 26;

const FIRST_CACHE = 1 << 14;

/**
 * Multi-terminal binary decision diagrams over the 512 bits of `struct seccomp_data`: arch, nr, instruction pointer,
 * six arguments, high words before low ones, the most significant bit first. A diagram answers a 32-bit value for
 * every call; one that answers only 0 and 1 is a test. They are canonical: two diagrams of one object answer alike for
 * every call if and only if they are the same number.
 */
export class Diagrams {
  readonly #nodes: NodeStore;
  readonly #mostSteps: number;
  #steps = 0;
  /** Results of `choose`: three operands and the result in a row. Overwritten where two meet. */
  #cache: Uint32Array = new Uint32Array(4 * FIRST_CACHE);
  readonly never: Diagram;
  readonly always: Diagram;

  constructor({ mostNodes, mostSteps = MOST_STEPS }: DiagramLimits = {}) {
    this.#nodes = new NodeStore(mostNodes);
    this.#mostSteps = mostSteps;
    this.never = this.#nodes.answer(0);
    this.always = this.#nodes.answer(1);
  }

  /** The number of nodes of all diagrams together. */
  get count(): number {
    return this.#nodes.count;
  }

  /** The same answer for every call. */
  answer(value: number): Diagram {
    return this.#nodes.answer(value);
  }

  isAnswer(diagram: Diagram): boolean {
    return this.#nodes.level(diagram) === ANSWER_LEVEL;
  }

  /** Returns the answer of a diagram without a test. */
  value(answer: Diagram): number {
    return this.#nodes.low(answer);
  }

  /** The bit that is looked at first, counted from the most significant one of arch; 512 for an answer. */
  level(diagram: Diagram): number {
    return this.#nodes.level(diagram);
  }

  /** Returns the rest of a diagram where the bit at its level is 0. The diagram is not an answer. */
  low(diagram: Diagram): Diagram {
    return this.#nodes.low(diagram);
  }

  /** Returns the rest of a diagram where the bit at its level is 1. The diagram is not an answer. */
  high(diagram: Diagram): Diagram {
    return this.#nodes.high(diagram);
  }

  /** Returns a test that holds where the bit at a level is set. */
  bit(level: number): Diagram {
    return this.#nodes.test(level, this.never, this.always);
  }

  /** Continues by comparing a word under a mask with a value. The three diagrams look only at words behind it in the order. */
  compareWord(word: number, mask: number, value: number, { above, equal, below }: ThreeWays): Diagram {
    let node = equal;
    for (let bit = 0; bit < 32; bit += 1) {
      const level = firstLevel(word) + 31 - bit;
      const isSet = ((value >>> bit) & 1) === 1;
      if (((mask >>> bit) & 1) === 0) node = isSet ? below : node;
      else node = isSet ? this.#nodes.test(level, below, node) : this.#nodes.test(level, node, above);
    }
    return node;
  }

  /** The same for a 64-bit field, given by its high word. */
  compareField(high: number, mask: bigint, value: bigint, ways: ThreeWays): Diagram {
    const [maskHigh, maskLow] = [Number(mask >> 32n), Number(mask & 0xffff_ffffn)];
    const [valueHigh, valueLow] = [Number(value >> 32n), Number(value & 0xffff_ffffn)];
    const equal = this.compareWord(high + 1, maskLow, valueLow, ways);
    return this.compareWord(high, maskHigh, valueHigh, { ...ways, equal });
  }

  /** `then` where a test holds, else `otherwise`. */
  choose(test: Diagram, then: Diagram, otherwise: Diagram): Diagram {
    if (test === this.always) return then;
    if (test === this.never) return otherwise;
    if (then === otherwise) return then;
    if (then === this.always && otherwise === this.never) return test;
    this.#countStep();
    const nodes = this.#nodes;
    const place = this.#cachePlace(test, then, otherwise);
    const cache = this.#cache;
    if (cache[place] === test && cache[place + 1] === then && cache[place + 2] === otherwise)
      return cache[place + 3] ?? 0;
    const level = Math.min(nodes.level(test), nodes.level(then), nodes.level(otherwise));
    if (level === ANSWER_LEVEL) throw new RangeError('a diagram that is no test was taken for one');
    const low = this.choose(
      this.#below(test, level, 0),
      this.#below(then, level, 0),
      this.#below(otherwise, level, 0),
    );
    const high = this.choose(
      this.#below(test, level, 1),
      this.#below(then, level, 1),
      this.#below(otherwise, level, 1),
    );
    const result = nodes.test(level, low, high);
    const slot = this.#cachePlace(test, then, otherwise);
    this.#cache[slot] = test;
    this.#cache[slot + 1] = then;
    this.#cache[slot + 2] = otherwise;
    this.#cache[slot + 3] = result;
    return result;
  }

  not(test: Diagram): Diagram {
    return this.choose(test, this.never, this.always);
  }

  and(first: Diagram, second: Diagram): Diagram {
    return this.choose(first, second, this.never);
  }

  or(first: Diagram, second: Diagram): Diagram {
    return this.choose(first, this.always, second);
  }

  xor(first: Diagram, second: Diagram): Diagram {
    return this.choose(first, this.not(second), second);
  }

  /** Applies an operation to the answers of two diagrams, for every call. */
  combine(operation: (first: number, second: number) => number, first: Diagram, second: Diagram): Diagram {
    const nodes = this.#nodes;
    const known = new Map<number, Diagram>();
    const walk = (a: Diagram, b: Diagram): Diagram => {
      const level = Math.min(nodes.level(a), nodes.level(b));
      if (level === ANSWER_LEVEL) return nodes.answer(operation(nodes.low(a), nodes.low(b)));
      const key = a * 0x200_0000 + b;
      const before = known.get(key);
      if (before !== undefined) return before;
      this.#countStep();
      const low = walk(this.#below(a, level, 0), this.#below(b, level, 0));
      const high = walk(this.#below(a, level, 1), this.#below(b, level, 1));
      const result = nodes.test(level, low, high);
      known.set(key, result);
      return result;
    };
    return walk(first, second);
  }

  /** Applies an operation to the answers of a diagram. */
  map(operation: (answer: number) => number, diagram: Diagram): Diagram {
    return this.combine(operation, diagram, this.never);
  }

  /** Returns the rest of a diagram for one architecture and call number: it looks at the instruction pointer and arguments. */
  restrict(diagram: Diagram, arch: number, nr: number): Diagram {
    let node = diagram;
    for (;;) {
      const level = this.#nodes.level(node);
      if (level >= firstLevel(WORD_INSTRUCTION_POINTER)) return node;
      const word = level < 32 ? arch : nr;
      node = this.#below(node, level, (word >>> (31 - (level % 32))) & 1);
    }
  }

  /** Returns the answer of a diagram to one call. */
  evaluate(diagram: Diagram, words: CallWords): number {
    let node = diagram;
    for (;;) {
      const level = this.#nodes.level(node);
      if (level === ANSWER_LEVEL) return this.#nodes.low(node);
      node = this.#below(node, level, ((words[level >>> 5] ?? 0) >>> (31 - (level & 31))) & 1);
    }
  }

  /** A diagram where the bit at a level, at or before its own first one, is set or not. */
  #below(diagram: Diagram, level: number, bit: number): Diagram {
    if (this.#nodes.level(diagram) !== level) return diagram;
    return bit === 0 ? this.#nodes.low(diagram) : this.#nodes.high(diagram);
  }

  #countStep(): void {
    this.#steps += 1;
    if (this.#steps > this.#mostSteps) throw new TooLargeToProveError(`${this.#mostSteps} steps`);
  }

  /** Returns the place for a result of `choose`. There is room for about one a node. */
  #cachePlace(test: Diagram, then: Diagram, otherwise: Diagram): number {
    if (this.#cache.length < 2 * this.#nodes.count) this.#cache = new Uint32Array(4 * this.#cache.length);
    const mixed =
      Math.imul(test, 0x9e37_79b1) ^ Math.imul(then, 0x85eb_ca6b) ^ Math.imul(otherwise, 0xc2b2_ae35);
    return 4 * ((mixed ^ (mixed >>> 15)) & (this.#cache.length / 4 - 1));
  }
}
