/** From 0 up to, and without, `below`. */
export type Random = (below: number) => number;

/** Numbers that look random and belong to one input of one run: each input can be made again by itself. */
export function randomFor(seed: number, input: number): Random {
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(input + 1, 0xc2b2_ae35);
  return (below) => {
    // The steps of mulberry32, which passes the usual tests of randomness.
    state = (state + 0x6d2b_79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export function oneOf<Item>(items: readonly [Item, ...Item[]], random: Random): Item {
  return items[random(items.length)] ?? items[0];
}
