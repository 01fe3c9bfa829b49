import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from '../../../src/plan/image/crc32.ts';

test.each([
  ['', 0],
  ['a', 0xe8b7be43],
  ['123456789', 0xcbf43926],
  ['The quick brown fox jumps over the lazy dog', 0x414fa339],
])('the CRC-32 of %o', (text, checksum) => {
  expect(crc32(Buffer.from(text))).toBe(checksum);
});

/** A gzip stream ends with the CRC-32 of its content, RFC 1952. */
test('the CRC-32 of any bytes is the one of gzip', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(crc32(bytes)).toBe(gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8));
    }),
    { numRuns: 100 },
  );
});
