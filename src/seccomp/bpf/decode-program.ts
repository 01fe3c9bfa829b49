import type { Architecture } from '../../kernel/architecture.ts';
import { INSTRUCTION_BYTES } from './encode-program.ts';
import { type Instruction, MAX_INSTRUCTIONS, type Program } from './instruction.ts';

export type DecodedProgram =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly message: string; readonly help: string };

/** Reads an array of `struct sock_filter`, little endian. Only the size can be wrong here. */
export function decodeProgram(bytes: Uint8Array, architecture: Architecture): DecodedProgram {
  const { length } = bytes;
  if (length === 0)
    return { ok: false, message: 'the program is empty', help: 'a filter has 1 to 4096 instructions' };
  if (length % INSTRUCTION_BYTES !== 0) {
    const message = `expected whole instructions of ${INSTRUCTION_BYTES} bytes, found ${length} bytes`;
    return { ok: false, message, help: 'a raw filter is an array of struct sock_filter and nothing else' };
  }
  const count = length / INSTRUCTION_BYTES;
  if (count > MAX_INSTRUCTIONS) {
    const message = `expected at most ${MAX_INSTRUCTIONS} instructions, found ${count}`;
    return { ok: false, message, help: 'the kernel takes no longer filter; a longer one has to be split' };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const instructions: Instruction[] = [];
  for (let offset = 0; offset < length; offset += INSTRUCTION_BYTES) {
    instructions.push({
      code: view.getUint16(offset, true),
      jt: view.getUint8(offset + 2),
      jf: view.getUint8(offset + 3),
      k: view.getUint32(offset + 4, true),
    });
  }
  return { ok: true, program: { architecture, instructions } };
}
