import { TooLargeToProveError } from './too-large.ts';

/** The level of an answer: behind all bits. */
export const ANSWER_LEVEL = 512;

/** At most so many nodes by default; a policy of 300 calls takes some thousand. */
const MOST_NODES = 1 << 21;

/** Enough for a policy, so that few proofs have to move their nodes. */
const FIRST_CAPACITY = 1 << 15;

function hash(level: number, low: number, high: number): number {
  const mixed = Math.imul(low, 0x9e37_79b1) ^ Math.imul(high, 0x85eb_ca6b) ^ Math.imul(level, 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function grown<T extends Uint16Array | Uint32Array>(old: T, empty: T): T {
  empty.set(old);
  return empty;
}

/**
 * The nodes of all diagrams of one proof. A node is a number, and equal nodes are one. A test looks at one bit and leads on by
 * `low` where it is 0 and by `high` where it is 1. An answer holds a 32-bit value.
 */
export class NodeStore {
  count = 0;
  readonly #mostNodes: number;
  #levels: Uint16Array = new Uint16Array(FIRST_CAPACITY);
  /** Of an answer: its value. */
  #lows: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #highs: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  /** Places of nodes by their hash, plus one; 0 is empty. At most half full. */
  #table: Uint32Array = new Uint32Array(2 * FIRST_CAPACITY);

  /** Making more nodes than this throws a `TooLargeToProveError`. */
  constructor(mostNodes: number = MOST_NODES) {
    this.#mostNodes = mostNodes;
  }

  level(node: number): number {
    return this.#levels[node] ?? 0;
  }

  low(node: number): number {
    return this.#lows[node] ?? 0;
  }

  high(node: number): number {
    return this.#highs[node] ?? 0;
  }

  answer(value: number): number {
    return this.#intern(ANSWER_LEVEL, value >>> 0, 0);
  }

  /** A test of one bit; both ways on are behind it in the order. */
  test(level: number, low: number, high: number): number {
    return low === high ? low : this.#intern(level, low, high);
  }

  #intern(level: number, low: number, high: number): number {
    const table = this.#table;
    const levels = this.#levels;
    const lows = this.#lows;
    const highs = this.#highs;
    const mask = table.length - 1;
    let place = hash(level, low, high) & mask;
    for (;;) {
      const found = table[place] ?? 0;
      if (found === 0) break;
      const node = found - 1;
      if (lows[node] === low && highs[node] === high && levels[node] === level) return node;
      place = (place + 1) & mask;
    }
    if (this.count >= this.#mostNodes) throw new TooLargeToProveError(`${this.#mostNodes} nodes`);
    if (this.count >= levels.length) {
      this.#grow();
      return this.#intern(level, low, high);
    }
    const node = this.count;
    this.count += 1;
    levels[node] = level;
    lows[node] = low;
    highs[node] = high;
    table[place] = node + 1;
    return node;
  }

  #grow(): void {
    const capacity = 2 * this.#levels.length;
    this.#levels = grown(this.#levels, new Uint16Array(capacity));
    this.#lows = grown(this.#lows, new Uint32Array(capacity));
    this.#highs = grown(this.#highs, new Uint32Array(capacity));
    const table = new Uint32Array(2 * capacity);
    const mask = table.length - 1;
    for (let node = 0; node < this.count; node += 1) {
      let place = hash(this.level(node), this.low(node), this.high(node)) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = node + 1;
    }
    this.#table = table;
  }
}
