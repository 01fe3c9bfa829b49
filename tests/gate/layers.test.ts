import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sourcesOf } from '../support/gate.ts';
import { TestFolder } from '../support/test-folder.ts';

const GATE = new URL('../../gate/', import.meta.url).pathname;

const SOURCES = sourcesOf('SOURCES');
const RECORDER = sourcesOf('RECORDER_SOURCES');

/** What a file has for others, and what it uses of others: functions and variables alike. */
interface Symbols {
  readonly defined: ReadonlySet<string>;
  readonly used: readonly string[];
}

let folder: TestFolder;

beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

/** By what the compiler made of a text, so that no call is overlooked. */
function symbolsOf(path: string): Symbols {
  const object = join(folder.path, 'object.o');
  execFileSync('cc', ['-std=c17', '-ffreestanding', '-fno-builtin', '-I', GATE, '-c', '-o', object, path]);
  const lines = execFileSync('nm', ['--extern-only', object], { encoding: 'utf8' }).trim().split('\n');
  const symbols = lines.map((line) => line.trim().split(/\s+/).slice(-2));
  return {
    defined: new Set(symbols.filter(([kind]) => kind !== 'U').map(([, name = '']) => name)),
    used: symbols.filter(([kind]) => kind === 'U').map(([, name = '']) => name),
  };
}

/** Each use of something that stands in none of the files before. */
function upward(files: readonly (readonly [name: string, symbols: Symbols])[]): readonly string[] {
  return files.flatMap(([name, { used }], index) =>
    used
      .filter((symbol) => !files.slice(0, index).some(([, { defined }]) => defined.has(symbol)))
      .map((symbol) => `${name} uses ${symbol}`),
  );
}

test('every file of the gate stands in one list', () => {
  const files = readdirSync(GATE).filter((name) => /\.[cS]$/.test(name));
  expect([...SOURCES].sort()).toEqual(files.sort());
});

test('every file of the recorder stands in one list, and uses what stands before it', () => {
  const own = readdirSync(join(GATE, 'recorder')).filter((name) => name.endsWith('.c'));
  const listed = RECORDER.filter((name) => name.startsWith('recorder/'));
  expect(listed.toSorted()).toEqual(own.map((name) => `recorder/${name}`).sort());
  expect(upward(RECORDER.map((name) => [name, symbolsOf(join(GATE, name))] as const))).toEqual([]);
});

test('no file of the gate uses what stands in a later one: there is no circle', () => {
  const files = SOURCES.map((name) => [name, symbolsOf(join(GATE, name))] as const);
  expect(files.flatMap(([, { used }]) => used).length).toBeGreaterThan(100);
  expect(upward(files)).toEqual([]);
});

test('the sessions and the numbers of the service are the state of one file', () => {
  const table = symbolsOf(join(GATE, 'table.c'));
  expect([...table.defined]).toEqual(expect.arrayContaining(['service', 'sessions']));
});

test('two files that call each other are found', () => {
  const lower = folder.write('lower.c', 'int higher(void);\nint lower(void) { return higher(); }\n');
  const higher = folder.write('higher.c', 'int lower(void);\nint higher(void) { return lower(); }\n');
  const files = [lower, higher].map((path) => [path, symbolsOf(path)] as const);
  expect(upward(files)).toEqual([`${lower} uses higher`]);
  expect(upward(files.toReversed())).toEqual([`${higher} uses lower`]);
});

test('CONTRIBUTING has a line for each file of the gate', () => {
  const page = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
  expect(SOURCES.filter((name) => name.endsWith('.c') && !page.includes(`\`${name}\``))).toEqual([]);
});
