import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';

const FORMAT = fileURLToPath(new URL('../../gate/format.js', import.meta.url));

let folder: TestFolder;

beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

function check(...files: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const args = files.length === 0 ? [] : ['--files', ...files];
  const { status, stderr } = spawnSync(process.execPath, [FORMAT, ...args], { encoding: 'utf8' });
  return { status, stderr };
}

describe('C files', () => {
  test('are formatted', () => {
    expect(check()).toEqual({ status: 0, stderr: '' });
  });

  test.each([
    ['spaces for a tab', 'int one(void)\n{\n        return 1;\n}\n', 'code should be clang-formatted'],
    ['a brace elsewhere', 'int one(void) {\n\treturn 1;\n}\n', 'code should be clang-formatted'],
    ['a long comment', `/* ${'word '.repeat(25)}*/\n`, 'longer than 120 columns'],
  ])('%s is found', (_, text, message) => {
    const { status, stderr } = check(folder.write('sample.c', text));
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
