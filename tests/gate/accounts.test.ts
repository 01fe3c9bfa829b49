import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';

let folder: TestFolder;
let harness: string;

beforeAll(() => {
  folder = new TestFolder();
  harness = join(folder.path, 'accounts');
  const gate = ['accounts', 'address', 'hash'].map((name) => `../../gate/${name}.c`);
  const sources = ['accounts-harness.c', ...gate].map((name) =>
    fileURLToPath(new URL(name, import.meta.url)),
  );
  const checks = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  execFileSync('cc', ['-std=gnu17', '-Wall', '-Wextra', '-Werror', ...checks, '-o', harness, ...sources]);
});
afterAll(() => folder[Symbol.dispose]());

const answer = (...words: readonly string[]): string =>
  execFileSync(harness, words, { encoding: 'utf8' }).trim();

const numbersOf = (text: string): readonly number[] => (text.match(/\d+/g) ?? []).map(Number);

test('few sources are refused exactly when a count of their live sessions says so', () => {
  for (const seed of ['1', '2', '3']) {
    const [refused = 0, tried = 0] = numbersOf(answer('search', '60000', seed));
    expect(refused).toBeGreaterThan(tried / 10);
    expect(refused).toBeLessThan(tried);
  }
});

/** Strangers are served and the penalty of somebody else is kept, whatever the attacker does. */
test.each([
  ['flood6', 590, 2000],
  ['churn4', 300, 30_000],
  ['wide4', 60, 60 * 640 + 20 * 64],
])('under %s for %i seconds at most %i connections of the attacker are admitted', (attack, seconds, most) => {
  const text = answer(attack, String(seconds));
  const [admitted = 0, , strangers] = numbersOf(text);
  expect(admitted).toBeGreaterThan(0);
  expect(admitted).toBeLessThanOrEqual(most);
  expect(strangers).toBe(seconds);
  expect(text).toContain('penalty kept');
});

test('sessions that crash together keep out no neighbour, unless they have many sources', () => {
  const of = (whose: string, ...answers: readonly string[]): readonly string[] =>
    Array.from({ length: 2 }, () => [whose, ...answers].join(' '));
  expect(answer('neighbours', '1600').split('\n')).toEqual([
    ...of('a source', 'served', 'served', 'served'),
    ...of('too few sources', 'served', 'served', 'served'),
    ...of('a network', 'refused', 'served', 'served'),
    ...of('networks', 'refused', 'refused', 'served'),
  ]);
});

test('a table full of sessions admits some more, and then nobody', () => {
  const [admitted = 0, tried = 0] = numbersOf(answer('full', '100'));
  expect(admitted).toBeGreaterThan(4096 / 3);
  expect(admitted).toBeLessThan(2 * 4096);
  expect(tried).toBe(100_000);
});
