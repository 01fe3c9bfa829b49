import { describe, expect, test } from 'vitest';
import { makeExecutable } from '../../src/gate-protocol/executable.ts';

/** Headers of an ELF file with one program header and, as often as asked, the mark that a gate has. */
function gate(marks: number): Uint8Array {
  const bytes = Buffer.alloc(4096);
  bytes.write('\x7fELF', 'latin1');
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  for (let count = 0; count < marks; count++) bytes.write('PORTCULLIS-PLAN\0', 1024 + 64 * count);
  return bytes;
}

describe('makeExecutable', () => {
  test('adds a segment that holds the image, and says where it is', () => {
    const image = Uint8Array.from([1, 2, 3]);
    const bytes = Buffer.from(makeExecutable(gate(1), image));
    const header = Number(bytes.readBigUInt64LE(32)) + 56;
    expect(bytes.readUInt16LE(56)).toBe(2);
    expect(bytes.readUInt32LE(header)).toBe(1);
    const offset = Number(bytes.readBigUInt64LE(header + 8));
    const address = bytes.readBigUInt64LE(header + 16);
    expect(bytes.subarray(offset)).toEqual(Buffer.from(image));
    expect(Number(address) % 0x10000).toBe(offset % 0x10000);
    expect(bytes.readBigUInt64LE(1024 + 16)).toBe(address);
    expect(bytes.readBigUInt64LE(1024 + 24)).toBe(3n);
  });

  test.each([
    ['no ELF file', new Uint8Array(100), 'no ELF file'],
    ['no mark', gate(0), 'another version'],
    ['two marks', gate(2), 'another version'],
  ])('refuses a gate with %s', (_, bytes, message) => {
    expect(() => makeExecutable(bytes, new Uint8Array(8))).toThrow(message);
  });
});
