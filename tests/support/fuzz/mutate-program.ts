import { OPERATION_CODES } from '../../../src/seccomp/bpf/operation.ts';
import { mutateBytes } from './mutate-bytes.ts';
import type { Random } from './random.ts';

const BYTES = 8;

/** A raw program with other codes, constants and jumps where these are; one of eight with bytes changed wherever they are. */
export function mutateProgram(bytes: Uint8Array, random: Random): Uint8Array {
  if (random(8) === 0) return mutateBytes(bytes, random);
  const mutated = Buffer.from(bytes);
  const instruction = (): number => BYTES * random(mutated.length / BYTES);
  for (let change = random(3); change >= 0; change -= 1) {
    const at = instruction();
    const field = random(4);
    if (field === 0) mutated.writeUInt16LE(OPERATION_CODES[random(OPERATION_CODES.length)] ?? 0, at);
    else if (field === 1) mutated.writeUInt32LE(random(2) === 0 ? 4 * random(20) : random(2 ** 32), at + 4);
    else mutated[at + field] = random(random(2) === 0 ? 4 : 256);
  }
  const gone = instruction();
  if (random(6) > 0) return mutated;
  return Buffer.concat([mutated.subarray(0, gone), mutated.subarray(gone + BYTES)]);
}
