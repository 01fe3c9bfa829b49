import type { Program } from './instruction.ts';

/** The size of `struct sock_filter`. */
export const INSTRUCTION_BYTES = 8;

/** The program as an array of `struct sock_filter`, little endian as both architectures are. */
export function encodeProgram(program: Program): Uint8Array {
  const bytes = new Uint8Array(program.instructions.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  program.instructions.forEach(({ code, jt, jf, k }, index) => {
    const offset = index * INSTRUCTION_BYTES;
    view.setUint16(offset, code, true);
    view.setUint8(offset + 2, jt);
    view.setUint8(offset + 3, jf);
    view.setUint32(offset + 4, k, true);
  });
  return bytes;
}
