import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { roundsPart } from '../../bench/page.ts';
import { readRoundsOptions } from '../../bench/rounds/options.ts';
import { proposalOf, withProposal } from '../../bench/rounds/proposal.ts';
import { type RoundsReport, roundsText } from '../../bench/rounds/report.ts';
import { SERVICES } from '../../bench/rounds/services.ts';
import { readRecording, usedBoundaries } from '../../bench/rounds/used-boundaries.ts';
import { benchRounds } from '../../bench/rounds.ts';

function options(...args: readonly string[]) {
  const read = readRoundsOptions(args);
  if (read === undefined) throw new Error('expected options');
  return read;
}

test('a service that lacks calls is answered after the rounds that its events propose', async () => {
  const report = await benchRounds(
    options('--only', 'perl,ruby'),
    new AbortController().signal,
    () => undefined,
  );
  const [perl, ruby] = report.services;
  expect(perl).toMatchObject({ name: 'perl', rounds: 0, steps: [], opened: [], unused: [] });
  expect(ruby).toMatchObject({ name: 'ruby', unused: [] });
  expect(ruby?.rounds).toBeGreaterThan(0);
  expect(ruby?.rounds).toBeLessThanOrEqual(6);
  for (const { added, events } of ruby?.steps ?? []) {
    expect(added).not.toEqual([]);
    expect(events).not.toEqual([]);
  }
});

test('an interrupted run stops what it started and fails', async () => {
  const abort = new AbortController();
  const run = benchRounds(options('--only', 'perl,ruby'), abort.signal, () => abort.abort());
  await expect(run).rejects.toThrow(/abort/i);
});

test('at least 25 services are named, none of which has a policy', () => {
  expect(SERVICES.length).toBeGreaterThanOrEqual(25);
  expect(new Set(SERVICES.map(({ name }) => name)).size).toBe(SERVICES.length);
});

test('wrong options are refused with what was expected', () => {
  expect(() => options('--only', 'perl,lisp')).toThrow("found 'lisp'");
  expect(() => options('--rounds', '2')).toThrow('--rounds');
  expect(readRoundsOptions(['--help'])).toBeUndefined();
});

describe('what events propose is taken literally', () => {
  const POLICY = 'portcullis: 1\nservice: a\nrun: [/bin/a]\n';

  test('lines come behind the default rules, each once', () => {
    const events = [
      { event: 'denied', allow: ['@events'] },
      { event: 'denied', allow: ['@events', 'sync'] },
    ];
    const { text, added } = withProposal(POLICY, proposalOf(events), '/srv/a');
    expect(added).toEqual(['@events', 'sync']);
    const { rules } = (parse(text) as { readonly seccomp: { readonly rules: readonly string[] } }).seccomp;
    expect(rules.slice(-2)).toEqual(['@events', 'sync']);
    expect(rules.length).toBeGreaterThan(2);
    expect(withProposal(text, proposalOf(events), '/srv/a').added).toEqual([]);
  });

  test('keys are added to what is there, and a directory is the one of the data', () => {
    const events = [
      {
        event: 'denied',
        keys: { writable: 'a directory', capabilities: 'CAP_CHOWN', 'rlimits.fsize': '64MiB' },
      },
      { event: 'exec-refused' },
    ];
    const policy = `${POLICY}capabilities: [CAP_FOWNER]\nrlimits: { nofile: 8 }\n`;
    const { text, added } = withProposal(policy, proposalOf(events), '/srv/a');
    expect(added).toEqual([
      'writable: a directory',
      'capabilities: CAP_CHOWN',
      'rlimits.fsize: 64MiB',
      'exec: allow',
    ]);
    expect(parse(text)).toMatchObject({
      writable: ['/srv/a'],
      capabilities: ['CAP_FOWNER', 'CAP_CHOWN'],
      rlimits: { nofile: 8, fsize: '64MiB' },
      exec: 'allow',
    });
  });

  test('events of other kinds propose nothing', () => {
    const events = [
      { event: 'start', session: 1 },
      { event: 'end', signal: 9 },
    ];
    expect(withProposal(POLICY, proposalOf(events), '/srv/a').added).toEqual([]);
  });
});

describe('the boundaries that a program uses', () => {
  test('are those that a recorded call reaches across', () => {
    const recording = [
      '7 openat(0xffffff9c, 0x7f00, 0x80000, 0) = 0x3',
      '7 kill(0, 0xf) = 0',
      '8 setsid( <unfinished ...>',
      '7 close(0x3) = 0',
      '8 <... setsid resumed>) = 0x8',
    ].join('\n');
    expect(usedBoundaries(readRecording(recording))).toEqual(['the process group of a session']);
  });

  test('those of a pair take both', () => {
    const datagrams = '7 socket(0x1, 0x2, 0) = 0x3\n';
    expect(usedBoundaries(readRecording(datagrams))).toEqual([]);
    expect(usedBoundaries(readRecording(`${datagrams}7 sendmsg(0x3, 0x7f00, 0) = 0x1\n`))).toEqual([
      'names in messages',
    ]);
  });
});

test('a service that is never answered is the worst, and says why', () => {
  const report: RoundsReport = {
    host: { date: '2026-11-30', processor: 'x', cores: 2, kernel: '6.18', libc: 'glibc', node: '20' },
    options: options(),
    services: [
      {
        name: 'a',
        rounds: 1,
        steps: [{ added: ['mlock', 'kill(a | b)'], events: [] }],
        opened: ['key rings'],
        unused: ['key rings'],
      },
      {
        name: 'b',
        steps: [],
        opened: [],
        unused: [],
        stuck: { reason: 'no event proposes anything new', events: [], heard: '' },
      },
    ],
  };
  expect(roundsText(report)).toContain('x worst service: at most 6 rounds: never');
  expect(roundsText(report)).toContain('never: no event proposes anything new');
  expect(roundsPart(report)).toContain('| a | 1 | mlock, kill(a \\| b) | key rings (not used) |');
  expect(roundsPart(report)).toContain(
    '| boundaries opened that the program does not use: 0 | 1 | not reached |',
  );
});
