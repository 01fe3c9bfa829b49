import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';

const GATE = new URL('../../gate/', import.meta.url).pathname;
const FILES = readdirSync(GATE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.c'));

let folder: TestFolder;

beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

/** What gcc says that follows every path through a file. */
function analyze(path: string): string {
  const flags = ['-std=c17', '-O1', '-ffreestanding', '-fanalyzer', '-Wall', '-Wextra', '-I', GATE];
  return spawnSync('gcc', [...flags, '-c', '-o', '/dev/null', path], { encoding: 'utf8' }).stderr;
}

test('the analyzer of gcc finds what is wrong with a sample', () => {
  const text =
    '#include "kernel.h"\nint first(int wanted)\n{\n\tint *none = NULL;\n\treturn wanted ? *none : 0;\n}\n';
  expect(analyze(folder.write('sample.c', text))).toContain('-Wanalyzer-null-dereference');
});

test.each(FILES)('and nothing wrong with gate/%s', (name) => {
  expect(analyze(join(GATE, name))).toBe('');
});
