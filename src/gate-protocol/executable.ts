/** The mark that opens `embedded` of `gate/main.c`; the address and the size of the image and the debug switch follow. */
const MARK = new TextEncoder().encode('PORTCULLIS-PLAN\0');

/** `Elf64_Ehdr` and `Elf64_Phdr`, elf(5). */
const HEADER = { programHeaders: 32, programHeaderSize: 54, programHeaderCount: 56 } as const;
const PROGRAM_HEADER_SIZE = 56;
const PT_LOAD = 1;
const READ_AND_WRITE = 6;

/** Far above where the gate is linked, and aligned for pages of every size. */
const IMAGE_BASE = 0x1000_0000;
const LARGEST_PAGE = 0x1_0000;

/**
 * One static executable of a gate and an image: the gate's bytes, a table of program headers with one more segment, and
 * the image as that segment. With `debug` it tells each step. The same input gives the same bytes. Throws on a gate that
 * is none.
 */
export function makeExecutable(gate: Uint8Array, image: Uint8Array, debug = false): Uint8Array {
  const source = new DataView(gate.buffer, gate.byteOffset, gate.byteLength);
  if (gate.length < 64 || source.getUint32(0) !== 0x7f45_4c46) throw new Error('the gate is no ELF file');
  const mark = findOnce(gate, MARK);
  const count = source.getUint16(HEADER.programHeaderCount, true);
  const table = Number(source.getBigUint64(HEADER.programHeaders, true));
  const newTable = align(gate.length);
  const at = align(newTable + (count + 1) * PROGRAM_HEADER_SIZE);
  const address = IMAGE_BASE + (at % LARGEST_PAGE);
  const bytes = new Uint8Array(at + image.length);
  bytes.set(gate);
  bytes.set(gate.subarray(table, table + count * PROGRAM_HEADER_SIZE), newTable);
  bytes.set(image, at);
  const view = new DataView(bytes.buffer);
  const long = (offset: number, value: number): void => view.setBigUint64(offset, BigInt(value), true);
  long(HEADER.programHeaders, newTable);
  view.setUint16(HEADER.programHeaderCount, count + 1, true);
  const header = newTable + count * PROGRAM_HEADER_SIZE;
  view.setUint32(header, PT_LOAD, true);
  view.setUint32(header + 4, READ_AND_WRITE, true);
  for (const [field, value] of [at, address, address, image.length, image.length, LARGEST_PAGE].entries())
    long(header + 8 + 8 * field, value);
  long(mark + MARK.length, address);
  long(mark + MARK.length + 8, image.length);
  long(mark + MARK.length + 16, debug ? 1 : 0);
  return bytes;
}

function align(offset: number): number {
  return Math.ceil(offset / 16) * 16;
}

function findOnce(bytes: Uint8Array, wanted: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = buffer.indexOf(wanted);
  if (first === -1 || buffer.indexOf(wanted, first + 1) !== -1)
    throw new Error('the gate has no single place for a plan: it is of another version');
  return first;
}
