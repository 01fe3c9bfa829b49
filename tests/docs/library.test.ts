import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';
import { page } from './support/page.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

/** Each program of the page, with what stands below it. */
const examples = [...page('docs/library.md').matchAll(/^```js\n(.*?)^```\n\n```text\n(.*?)^```$/gms)].map(
  ([, program = '', output = ''], index) => ({ index, program, output }),
);

test('every program of docs/library.md is followed by what it prints', () => {
  expect(page('docs/library.md').match(/^```js$/gm)).toHaveLength(examples.length);
  expect(examples.length).toBeGreaterThan(2);
});

test.each(examples)('program $index of docs/library.md prints what the page shows', ({ program, output }) => {
  using folder = new TestFolder();
  mkdirSync(`${folder.path}/node_modules`);
  symlinkSync(ROOT, `${folder.path}/node_modules/portcullis`);
  const file = folder.write('program.mjs', program);
  expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe(output);
});
