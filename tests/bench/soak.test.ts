import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { soakPart } from '../../bench/page.ts';
import { EventCounts } from '../../bench/soak/event-counts.ts';
import { growthOf, isLeak } from '../../bench/soak/growth.ts';
import { PROCESSES } from '../../bench/soak/holdings.ts';
import { readSoakOptions } from '../../bench/soak/options.ts';
import { isDry, type SoakReport, soakText } from '../../bench/soak/report.ts';
import type { Sample } from '../../bench/soak/soaked-service.ts';
import { soak } from '../../bench/soak.ts';
import { Installed } from '../support/installed.ts';
import { TestFolder } from '../support/test-folder.ts';

const SOAK_MS = 600_000;

function run(connections: number, warmUp: number, program?: string): Promise<SoakReport> {
  const options = { connections, warmUp, concurrency: 16, write: false };
  return soak(options, new AbortController().signal, () => undefined, program);
}

const leaks = ({ growth }: SoakReport): readonly string[] => growth.filter(isLeak).map(({ what }) => what);

/** A byte of each connection stays, a descriptor of each thousandth that was reset, and an object of each event. */
function leaking(folder: TestFolder): string {
  const installed = new Installed(folder);
  installed.changeGate([
    {
      file: 'accept.c',
      from: '\trefuse(reason, peer);\n\tsyscall1(__NR_close, socket);',
      to: '\tstatic u32 count;\n\trefuse(reason, peer);\n\tif (reason != REFUSED_GONE || ++count % 1000)\n\t\tsyscall1(__NR_close, socket);',
    },
    {
      file: 'accept.c',
      from: '\tif (socket == -EAGAIN)\n',
      to: '\tstatic u8 kept[1 << 20];\n\tstatic u32 next;\n\tif (kept[next++]++ || socket == -EAGAIN)\n',
    },
  ]);
  const supervisor = join(installed.path, 'supervisor.cjs');
  const keep =
    'const kept = []; const { stringify } = JSON; JSON.stringify = (...all) => (kept.push({ at: Math.random() }), stringify(...all));';
  writeFileSync(supervisor, `${keep}\n${readFileSync(supervisor, 'utf8')}`);
  return join(installed.path, 'portcullis.js');
}

describe('memory, descriptors and processes', () => {
  test(
    'do not grow over 100,000 connections of all kinds',
    async () => {
      const report = await run(100_000, 10_000);
      expect(soakText(report)).toContain('100000 connections in');
      expect(leaks(report)).toEqual([]);
      expect(report.connections.wrong).toBe(0);
      expect(isDry(report)).toBe(true);
      // Every kind has met what it is for.
      const { events } = report;
      for (const word of [
        'refused: access-list',
        'refused: gone',
        'refused: penalty',
        'ended by itself',
        'ended by a signal',
        'ended: first-byte',
        'denied',
        'log',
      ])
        expect(events[word], word).toBeGreaterThan(100);
      expect(soakPart(report)).toContain('| inner gate: descriptors |');
    },
    SOAK_MS,
  );

  test(
    'are seen to grow in a gate and a supervisor that lose a little',
    async () => {
      using folder = new TestFolder();
      const report = await run(20_000, 5_000, leaking(folder));
      expect(leaks(report)).toEqual([
        'supervisor: bytes alive',
        'inner gate: bytes resident',
        'inner gate: descriptors',
        'sockets',
      ]);
      expect(isDry(report)).toBe(false);
    },
    SOAK_MS,
  );
});

describe('growth', () => {
  const sample = (bytes: number, others: number): Sample => ({
    processes: PROCESSES.map((process) => ({
      process,
      rss: bytes,
      pss: 0,
      descriptors: others,
    })),
    count: others,
    sockets: others,
    alive: bytes,
  });
  const leaksOf = (samples: readonly Sample[], connections: number) =>
    growthOf(samples, connections)
      .filter(isLeak)
      .map(({ what }) => what);

  test.each([100_000, 1_000_000])('of a byte for each of %i connections is a leak', (connections) => {
    const parts = Array.from({ length: 11 }, (_, part) => sample((part * connections) / 10, 5));
    expect(leaksOf(parts, connections)).toEqual([
      'supervisor: bytes alive',
      'outer gate: bytes resident',
      'inner gate: bytes resident',
    ]);
    expect(leaksOf([sample(1, 5), sample(1, 5)], connections)).toEqual([]);
  });

  test('of one descriptor, socket or process is a leak', () => {
    expect(leaksOf([sample(1, 5), sample(1, 6)], 1_000_000)).toEqual([
      ...PROCESSES.map((process) => `${process}: descriptors`),
      'sockets',
      'processes',
    ]);
  });
});

test('events are counted by what they say, and those of several connections as so many', () => {
  const counts = new EventCounts();
  for (const event of [
    { event: 'start' },
    { event: 'end', cause: 'exit', status: 0 },
    { event: 'end', cause: 'exit', signal: 9 },
    { event: 'end', cause: 'time', signal: 15 },
    { event: 'refused', reason: 'gone', count: 7 },
  ])
    counts.add(JSON.stringify(event));
  expect(counts.all()).toEqual({
    'ended by a signal': 1,
    'ended by itself': 1,
    'ended: time': 1,
    'refused: gone': 7,
    start: 1,
  });
});

test('an interrupted run stops what it started and fails', async () => {
  const options = readSoakOptions([]);
  if (options === undefined) throw new Error('expected options');
  const abort = new AbortController();
  await expect(soak(options, abort.signal, () => abort.abort())).rejects.toThrow(/abort/i);
}, 60_000);

test('fewer connections than would show are refused', () => {
  expect(() => readSoakOptions(['--connections', '1000'])).toThrow(
    '--connections: expected a number from 100000',
  );
  expect(readSoakOptions(['--help'])).toBeUndefined();
});
