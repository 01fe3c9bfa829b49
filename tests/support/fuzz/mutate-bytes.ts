import type { Random } from './random.ts';

const WORDS = [
  0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

/** Bytes with a few fields changed, cut out, doubled, or gone from some place on. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let mutated = Buffer.from(bytes);
  for (let change = random(4); change >= 0 && mutated.length > 0; change -= 1) {
    const at = random(mutated.length);
    const size = 1 << random(4);
    const field = mutated.subarray(at - (at % size));
    switch (random(6)) {
      case 0:
        mutated[at] = (mutated[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        if (field.length >= 4) field.writeUInt32LE(WORDS[random(WORDS.length)] ?? 0);
        break;
      case 2:
        if (field.length >= 2) field.writeUInt16LE(random(0x1_0000));
        break;
      case 3:
        mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + random(16))]);
        break;
      case 4:
        mutated = Buffer.concat([mutated.subarray(0, at), field.subarray(0, 16), mutated.subarray(at)]);
        break;
      default:
        if (random(4) === 0) mutated = mutated.subarray(0, at);
    }
  }
  return mutated;
}
