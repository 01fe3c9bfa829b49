import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bench } from '../../bench/bench.ts';
import { readOptions } from '../../bench/options.ts';
import { startsPart } from '../../bench/page.ts';
import { isValid, type Report, reportText } from '../../bench/report.ts';
import { rotated } from '../../bench/rotated.ts';

function run(...args: readonly string[]): Promise<Report> {
  const options = readOptions(['--rounds', '2', '--starts', '3', ...args]);
  if (options === undefined) throw new Error('expected options');
  return bench(options, new AbortController().signal, () => undefined);
}

test('the start of a program is measured bare, by an executable of its own and by the command line', async () => {
  const report = await run('--only', 'exec,built,run');
  expect(report.servers).toEqual([]);
  expect(report.starts).toMatchObject([
    { name: 'exec', failed: false, startUs: [expect.any(Number), expect.any(Number)] },
    { name: 'built', failed: false, startUs: [expect.any(Number), expect.any(Number)] },
    { name: 'run', failed: false, startUs: [expect.any(Number), expect.any(Number)] },
  ]);
  expect(isValid(report)).toBe(true);
  expect(reportText(report)).toMatch(/^built +\d+\.\d\d \(/m);
  expect(startsPart(report)).toContain('| exec |');
});

test('a launcher that does not start the program has no time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-peers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'setpriv'), '#!/bin/sh\nexit 3\n');
  chmodSync(join(folder, 'setpriv'), 0o755);
  const report = await run('--only', 'exec,setpriv', '--peers', folder);
  expect(report.starts.map(({ name, failed }) => [name, failed])).toEqual([
    ['exec', false],
    ['setpriv', true],
  ]);
  expect(isValid(report)).toBe(false);
  expect(reportText(report)).toMatch(/^setpriv +invalid/m);
});

test('every round begins with another one', () => {
  expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).toEqual([
    'abc',
    'bca',
    'cab',
    'abc',
  ]);
  expect(rotated([], 1)).toEqual([]);
});
