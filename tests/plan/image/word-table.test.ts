import { describe, expect, test } from 'vitest';
import { WordTable } from '../../../src/plan/image/word-table.ts';

describe('a table of words', () => {
  test('keeps what stands there in a row once', () => {
    const table = new WordTable();
    expect(table.place([1n, 2n, 3n])).toBe(0);
    expect(table.place([2n, 3n])).toBe(1);
    expect(table.place([3n, 4n])).toBe(3);
    expect(table.place([4n])).toBe(4);
    expect(table.length).toBe(5);
  });

  test('has a place for no words at all', () => {
    const table = new WordTable();
    expect(table.place([])).toBe(0);
    expect(table.length).toBe(0);
    expect(table.bytes).toEqual(new Uint8Array(0));
  });

  test('holds 64 bits each, the lowest first', () => {
    const table = new WordTable();
    table.place([0x0102_0304_0506_0708n, (1n << 64n) - 1n]);
    expect([...table.bytes]).toEqual([8, 7, 6, 5, 4, 3, 2, 1, ...new Array(8).fill(255)]);
  });
});
