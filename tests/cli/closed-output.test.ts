import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

test.each([
  ['check', 1],
  ['--help', 0],
])('a reader that stops before the end is no failure of %s', async (command, expected) => {
  using folder = new TestFolder();
  const lines = Array.from({ length: 50 }, (_, index) => `unknown${index}: 1`);
  const file = folder.write('wrong.yaml', `portcullis: 1\n${lines.join('\n')}\n`);
  const words = command === '--help' ? [command] : [command, file];
  const child = spawn(NODE, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(stderr).not.toMatch(/EPIPE|node:/);
  expect(code).toBe(expected);
});
