import { expect, test } from 'vitest';
import { benchIdle } from '../../bench/idle.ts';
import { readIdleOptions } from '../../bench/idle-options.ts';
import { idleReportText } from '../../bench/idle-report.ts';
import { idlePart } from '../../bench/page.ts';

function options(...args: readonly string[]) {
  const read = readIdleOptions(args);
  if (read === undefined) throw new Error('expected options');
  return read;
}

test('gates with and without idle sessions serve every connection, and the report says what that took', async () => {
  const report = await benchIdle(
    options('--rounds', '2', '--connections', '40', '--sessions', '0,150'),
    new AbortController().signal,
    () => undefined,
  );
  expect(report.gates.map(({ sessions }) => sessions)).toEqual([0, 150]);
  for (const { gateUs } of report.gates) {
    expect(gateUs).toHaveLength(2);
    for (const time of gateUs) {
      expect(time).toBeGreaterThan(1);
      expect(time).toBeLessThan(10_000);
    }
  }
  expect(idleReportText(report)).toMatch(/^150 .* at most 1\.1 x: /m);
  expect(idlePart(report)).toContain('| 150 |');
});

test('an interrupted run stops what it started and fails', async () => {
  const abort = new AbortController();
  const said: string[] = [];
  const run = benchIdle(options('--sessions', '20,30'), abort.signal, (text) => {
    said.push(text);
    if (said.length === 2) abort.abort();
  });
  await expect(run).rejects.toThrow(/abort/i);
});

test('wrong options are refused with what was expected', () => {
  expect(() => options('--sessions', '0,20000')).toThrow(
    "--sessions: expected a number from 0 to 16320, found '20000'",
  );
  expect(() => options('--sessions', 'many')).toThrow("found 'many'");
  expect(readIdleOptions(['--help'])).toBeUndefined();
});
