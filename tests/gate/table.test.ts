import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';

let folder: TestFolder;
let harness: string;

beforeAll(() => {
  folder = new TestFolder();
  harness = join(folder.path, 'table');
  const gate = ['heap', 'deadlines', 'entries', 'hash', 'table', 'turn'].map(
    (name) => `../../gate/${name}.c`,
  );
  const sources = ['table-harness.c', ...gate].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const checks = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  execFileSync('cc', ['-std=gnu17', '-Wall', '-Wextra', '-Werror', ...checks, '-o', harness, ...sources]);
});
afterAll(() => folder[Symbol.dispose]());

describe('the table of sessions, against a search', () => {
  test.each([
    [1, 3000],
    [5, 40_000],
    [300, 100_000],
    [2000, 60_000],
  ])('for %i sessions', (sessions, operations) => {
    for (const seed of [1, 2, 3]) {
      const said = execFileSync(harness, [operations, sessions, seed].map(String), { encoding: 'utf8' });
      const taken = Number(/^\d+/.exec(said)?.[0]);
      expect(taken).toBeLessThanOrEqual(sessions);
      expect(taken).toBeGreaterThan(sessions / 2);
    }
  });
});

const WORD = 0xffff_ffff_ffff_ffffn;

/** SipHash-c-d of eight bytes, as its paper has it. */
function sipHash(key: Buffer, value: bigint, { c, d }: { readonly c: number; readonly d: number }): bigint {
  const rotate = (word: bigint, bits: bigint): bigint => ((word << bits) | (word >> (64n - bits))) & WORD;
  const [k0, k1] = [key.readBigUInt64LE(0), key.readBigUInt64LE(8)];
  let [v0, v1, v2, v3] = [
    k0 ^ BigInt('0x736f6d6570736575'),
    k1 ^ BigInt('0x646f72616e646f6d'),
    k0 ^ BigInt('0x6c7967656e657261'),
    k1 ^ BigInt('0x7465646279746573'),
  ];
  const rounds = (count: number): void => {
    for (let round = 0; round < count; round++) {
      v0 = (v0 + v1) & WORD;
      v2 = (v2 + v3) & WORD;
      v1 = rotate(v1, 13n) ^ v0;
      v3 = rotate(v3, 16n) ^ v2;
      v0 = rotate(v0, 32n);
      v2 = (v2 + v1) & WORD;
      v0 = (v0 + v3) & WORD;
      v1 = rotate(v1, 17n) ^ v2;
      v3 = rotate(v3, 21n) ^ v0;
      v2 = rotate(v2, 32n);
    }
  };
  for (const word of [value, 8n << 56n]) {
    v3 ^= word;
    rounds(c);
    v0 ^= word;
  }
  v2 ^= 0xffn;
  rounds(d);
  return v0 ^ v1 ^ v2 ^ v3;
}

describe('the hash', () => {
  test('the function above is the one of the paper: its vector of eight bytes', () => {
    const key = Buffer.from(Array.from({ length: 16 }, (_, index) => index));
    const message = Buffer.from(Array.from({ length: 8 }, (_, index) => index)).readBigUInt64LE(0);
    expect(sipHash(key, message, { c: 2, d: 4 })).toBe(BigInt('0x93f5f5799a932462'));
  });

  test('is SipHash-1-3: who does not know the key knows no two sources that meet', () => {
    const key = randomBytes(16);
    const values = Array.from({ length: 300 }, () => randomBytes(8).readBigUInt64LE(0));
    const words = values.map((value) => value.toString(16));
    const said = execFileSync(harness, ['hash', key.toString('hex'), ...words], { encoding: 'utf8' });
    const expected = values.map((value) => sipHash(key, value, { c: 1, d: 3 }).toString(16));
    expect(said.trim().split('\n')).toEqual(expected);
  });
});
