import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bench } from '../../bench/bench.ts';
import { readOptions } from '../../bench/options.ts';
import { measuredPart } from '../../bench/page.ts';
import { plot } from '../../bench/plot.ts';
import { reportText } from '../../bench/report.ts';
import { spread } from '../../bench/statistics.ts';
import { judgeAll, ratio } from '../../bench/targets.ts';

test('the gate and the bare loop answer every connection, and the report says what they did', async () => {
  const options = readOptions([
    '--rounds',
    '1',
    '--seconds',
    '0',
    '--connections',
    '200',
    '--only',
    'gate,bare',
  ]);
  if (options === undefined) throw new Error('expected options');
  const report = await bench(options, new AbortController().signal, () => undefined);
  expect(report.servers.map(({ name }) => name)).toEqual(['gate', 'bare']);
  for (const server of report.servers) {
    expect(server).toMatchObject({ connections: 401, failures: 0 });
    expect(server.perSecond).toEqual([expect.any(Number)]);
    expect(server.firstByteUs).toEqual([expect.any(Number)]);
    expect(server.afterResetsUs).toEqual([expect.any(Number)]);
    expect(server.startMs).toEqual([expect.any(Number)]);
  }
  const processes = report.servers.map(({ memory }) => memory.map(({ process }) => process));
  expect(processes).toEqual([['supervisor', 'outer gate', 'inner gate'], ['bare-loop']]);
  expect(report.host.cores).toBeGreaterThan(0);
  expect(report.missing).toEqual([]);
  expect(report.verdicts.filter(({ reached }) => reached !== undefined)).toHaveLength(3);
  expect(reportText(report)).toContain('gate');
  expect(measuredPart(report)).toContain('| bare |');
});

test('a server that is not there is reported with what installs it', async () => {
  const options = readOptions([
    '--rounds',
    '1',
    '--seconds',
    '0',
    '--connections',
    '10',
    '--only',
    'bare,nsjail',
  ]);
  if (options === undefined) throw new Error('expected options');
  const path = process.env['PATH'];
  process.env['PATH'] = '/usr/sbin:/usr/bin:/sbin:/bin';
  const said: string[] = [];
  try {
    expect(existsSync('/usr/bin/nsjail')).toBe(false);
    const report = await bench(options, new AbortController().signal, (text) => said.push(text));
    expect(report.missing.map(({ name }) => name)).toEqual(['nsjail']);
    expect(reportText(report)).toContain('nsjail is not there: build');
  } finally {
    process.env['PATH'] = path;
  }
  expect(said.join('')).toContain('nsjail is not there and is left out');
});

test('an interrupted run stops what it started and fails', async () => {
  const options = readOptions(['--only', 'bare']);
  if (options === undefined) throw new Error('expected options');
  const abort = new AbortController();
  const run = bench(options, abort.signal, () => abort.abort());
  await expect(run).rejects.toThrow(/abort/i);
});

test('medians and quotients', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(() => spread([])).toThrow('at least one');
  expect(ratio([10, 30, 20], [10, 10, 10])).toBe(2);
});

test('a target is reached, missed, or not measured', () => {
  const rounds = new Map([
    ['gate', { perSecond: [95], firstByteUs: [120] }],
    ['bare', { perSecond: [100], firstByteUs: [100] }],
  ]);
  const verdicts = judgeAll(rounds, 72);
  expect(verdicts.filter(({ target }) => target.endsWith(' bare')).map(({ reached }) => reached)).toEqual([
    true,
    false,
  ]);
  expect(verdicts.find(({ target }) => target.endsWith('xinetd'))).not.toHaveProperty('reached');
  expect(verdicts.at(-1)).toMatchObject({ found: '72 KB', reached: true });
});

test('the plot has a bar for each server', () => {
  const text = plot('title', [
    { name: 'gate', value: 0.5 },
    { name: 'bare', value: 1 },
  ]);
  expect(text.match(/<rect /g)).toHaveLength(2);
  expect(text).toContain('class="gate"');
  expect(text).toContain('prefers-color-scheme: dark');
});
