import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IMPORT_FORMATS } from '../src/seccomp/convert/format-names.ts';
import { SHARES } from './support/fuzz/shares.ts';

const FOLDER = new URL('.', import.meta.url);

/** The tests, as text. */
const TESTS = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'))
  .filter((text) => /support\/fuzz\//.test(text));

test('the parsers together are given a million inputs', () => {
  const { image, ...others } = SHARES;
  const sum = Object.values(others).reduce((total, share) => total + share, 0);
  expect(sum).toBeGreaterThanOrEqual(1_000_000);
  expect(image).toBeGreaterThan(0);
});

test('npm test tries all of them', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', FOLDER), 'utf8'));
  expect(scripts.test).toMatch(/ && FUZZ_INPUTS=all vitest run$/);
});

test.each(Object.keys(SHARES))('a test gives %s its share', (parser) => {
  const given = new RegExp(`(fuzz|inputsOf)\\(\\s*'${parser}'|^  \\[\n    '${parser}',\n`, 'gm');
  expect(TESTS.flatMap((text) => [...text.matchAll(given)])).toHaveLength(1);
});

test('every format that is imported has its share', () => {
  expect(Object.keys(SHARES)).toEqual(expect.arrayContaining(Object.keys(IMPORT_FORMATS)));
});
