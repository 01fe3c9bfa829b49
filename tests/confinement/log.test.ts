import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finished } from '../support/finished.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import {
  ask,
  buildProbes,
  type ProbedService,
  serveBuiltProbes,
  serveProbes,
  writeProbePolicy,
} from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';

/** Whatever moves a cursor, changes a colour, turns text around or ends a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

let folder: TestFolder;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
});
afterAll(() => {
  folder[Symbol.dispose]();
});

/** What a reader of the events sees of a session that forges, and of one beside it. */
async function eventsOf(service: ProbedService): Promise<readonly Readonly<Record<string, unknown>>[]> {
  expect(await service.attempt('forge-log')).toBe('done');
  expect(await service.attempt('show-directory')).toBe('/');
  expect(await service.launch.stop()).toBe(0);
  return service.launch.events;
}

describe('what a session writes to its log', () => {
  test.each([
    ['run', serveProbes],
    ['an executable of its own', serveBuiltProbes],
  ] as const)('is log events of its own for %s, and nothing else', async (_, serve) => {
    const events = await eventsOf(await serve(folder, program));
    const others = events.filter(({ event }) => event !== 'log').map(({ event }) => event);
    expect(others).toEqual(['ready', 'start', 'end', 'start', 'end', 'draining', 'stopped']);
    const log = events.filter(({ event }) => event === 'log');
    expect(new Set(log.map(({ session }) => session))).toEqual(new Set([1]));
    for (const line of events) {
      expect(line['service']).toMatch(/^probe-/);
      expect(String(line['text'])).not.toMatch(STEERING);
    }
    // Whole, it says the same byte by byte; a backslash of its own is told from an escape.
    const texts = log.map(({ text }) => String(text));
    const whole = texts.slice(
      0,
      texts.findIndex((text) => text.startsWith('xxx')),
    );
    expect(texts.slice(-whole.length)).toEqual(whole);
    expect(whole.at(-1)).toBe('\\\\u{1b}[0m');
    expect(whole[1]).toContain('\\u{d}12:00:00.000 forged: stopped\\u{1b}[2K\\u{1b}]0;title\\u{7}\\u{8}');
  });

  test('is the same for both, but for the time and the name of the service', async () => {
    const logs = [];
    for (const serve of [serveProbes, serveBuiltProbes]) {
      const events = await eventsOf(await serve(folder, program));
      const log = events.filter(({ event }) => event === 'log');
      logs.push(log.map((line) => JSON.stringify({ ...line, time: '', service: '' })));
    }
    expect(logs[1]).toEqual(logs[0]);
    expect(logs[0]?.some((line) => line.includes('u{890}1'))).toBe(true);
  });

  test('for people too each line says whose it is, and steers no terminal', async () => {
    const { file, port } = writeProbePolicy(folder, program);
    const service = spawn(NODE, [PROGRAM, 'run', '--no-json', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = finished(service);
    await new Promise((resolve) => service.stdout.once('data', resolve));
    expect((await ask(port, 'forge-log')).text).toBe('done');
    service.kill('SIGTERM');
    const { stdout } = await ended;
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) {
      expect(line).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} probe-${port}: `));
      expect(line).not.toMatch(STEERING);
    }
    const forged = lines.filter((line) => line.includes('forged'));
    expect(forged.length).toBeGreaterThan(6);
    for (const line of forged) expect(line).toMatch(new RegExp(`^[0-9:.]+ probe-${port}: session 1 \\| `));
  });
});
