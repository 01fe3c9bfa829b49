import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Installed } from '../support/installed.ts';
import type { RunEvent } from '../support/launch.ts';
import { type ProbedService, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

const KIB = 1024;

/** What gate/budget.c allows in a second. */
const SESSION = 256 * KIB;
const SERVICE = 1024 * KIB;

/** The text of a frame as JSON, where every byte of it is a line: a log may be ahead of its rate by one. */
const WORST_FRAME = 4088 * 161;

/** Sessions live for so many seconds. */
const SECONDS = 2;

const POLICY = {
  lines: [`limits: { sessions: 200, time: ${SECONDS}s, drain: 200ms }`, 'rlimits: { nproc: 400 }'],
};

const SEVERAL = 32;
const MANY = 100;

type Serve = () => Promise<ProbedService>;

/** A gate whose source has other texts. */
function changed(name: string, changes: Parameters<Installed['changeGate']>[0]): Serve {
  return () => {
    const installed = new Installed(folder, name);
    installed.changeGate(changes);
    return serveProbes(folder, program, POLICY, { program: join(installed.path, 'portcullis.js') });
  };
}

const served: Serve = () => serveProbes(folder, program, POLICY);
const servedByExecutable: Serve = () => serveBuiltProbes(folder, program, POLICY);
const BOTH = [
  ['run', served],
  ['an executable of its own', servedByExecutable],
] as const;

const COST = 'return events * EVENT_SIZE + event_bytes_size(text, size);';
const LOG = 'session->log = -1;';

function logOf({ launch }: ProbedService): readonly RunEvent[] {
  return launch.events.filter(({ event }) => event === 'log');
}

/** As many bytes as the log took of whoever reads it. */
function sizeOf(events: readonly RunEvent[]): number {
  return events.reduce((sum, event) => sum + JSON.stringify(event).length + 1, 0);
}

interface Flood {
  /** The bytes of the log. */
  readonly size: number;
  /** How long it took: on a busy machine a session is ended late. */
  readonly seconds: number;
}

/** The attack: sessions that all ask for the same at once, to their end. */
async function flood(service: ProbedService, sessions: number, request: string): Promise<Flood> {
  const begin = performance.now();
  await Promise.all(Array.from({ length: sessions }, () => service.attempt(request)));
  return { size: sizeOf(logOf(service)), seconds: (performance.now() - begin) / 1000 };
}

describe('lines without text', () => {
  test('are many times the budget of a session where its bytes are counted as they come', async () => {
    await using service = await changed('raw', [{ file: 'budget.c', from: COST, to: 'return size;' }])();
    const { size } = await flood(service, 1, 'flood-lines');
    expect(size).toBeGreaterThan(2 * WORST_FRAME + 4 * SESSION);
  });

  test.each(BOTH)('are counted as they are written by %s', async (_, serve) => {
    await using service = await serve();
    const { size, seconds } = await flood(service, 1, 'flood-lines');
    expect(size).toBeGreaterThan(SESSION);
    expect(size).toBeLessThan(2 * WORST_FRAME + (seconds + 1) * SESSION);
  });
});

describe('many sessions that flood their logs', () => {
  test('have as many budgets as there are sessions, where the service has none', async () => {
    const unlimited = { file: 'budget.c', from: 'service.log_paid_ns < all', to: 'all' };
    await using service = await changed('unlimited', [unlimited])();
    const { size } = await flood(service, SEVERAL, 'flood-log');
    // With what the reader was too slow for: the lines of all sessions alike.
    const lost = service.launch.events
      .filter(({ event }) => event === 'dropped')
      .reduce((sum, { count }) => sum + Number(count), 0);
    expect(size + lost * 4 * KIB).toBeGreaterThan((SECONDS + 3) * SERVICE);
  });

  test.each(BOTH)('share the budget of the service with %s', async (_, serve) => {
    await using service = await serve();
    const { size, seconds } = await flood(service, SEVERAL, 'flood-log');
    // The pieces that each session has in any case, and last words that are a second ahead.
    expect(size).toBeLessThan((seconds + 1.5) * SERVICE + SEVERAL * (seconds + 1) * 2 * KIB);
    const log = logOf(service);
    const sessions = [...new Set(log.map(({ session }) => session))];
    expect(sessions).toHaveLength(SEVERAL);
    const shares = sessions
      .map((session) => sizeOf(log.filter((event) => event['session'] === session)))
      .toSorted((one, other) => one - other);
    // Half of the floods have at least a quarter of an even share: none has it all.
    expect(shares[SEVERAL / 2]).toBeGreaterThan(size / SEVERAL / 4);
  });
});

const WORDS = Array.from({ length: 6 }, (_, index) => `word ${index + 1}`);

/**
 * Of a session that has little to say while others flood their logs: its words, and whether the first was heard long before the
 * last, which it says a second and a half later.
 */
async function heard(
  service: ProbedService,
): Promise<{ readonly words: readonly unknown[]; readonly isAtOnce: boolean }> {
  const floods = flood(service, MANY, 'flood-lines');
  await service.launch.waitFor(({ event }) => event === 'log');
  await service.attempt('speak-seldom');
  await floods;
  await service.launch.stop();
  const words = logOf(service).filter(({ text }) => String(text).startsWith('word'));
  const [first] = words;
  const start = service.launch.events.find(
    ({ event, session }) => event === 'start' && session === first?.['session'],
  );
  const msFromStart = (event: RunEvent | undefined): number =>
    Date.parse(String(event?.['time'])) - Date.parse(String(start?.['time']));
  const isAtOnce = msFromStart(first) * 3 < msFromStart(words.at(-1));
  return { words: words.map(({ text }) => text), isAtOnce };
}

describe('a session that has little to say while others flood their logs', () => {
  test('is heard when it ends or not at all, where nothing is kept for it', async () => {
    const nothing = { file: 'table.c', from: LOG, to: `${LOG}\n\tsession->log_piece_ns = ~0ull;` };
    await using service = await changed('unfair', [nothing])();
    const { words, isAtOnce } = await heard(service);
    expect(words.length === WORDS.length && isAtOnce).toBe(false);
  });

  test.each(BOTH)('is heard at once with %s', async (_, serve) => {
    await using service = await serve();
    const { words, isAtOnce } = await heard(service);
    expect(words).toEqual(WORDS);
    expect(isAtOnce).toBe(true);
  });
});

describe('last words', () => {
  test('are as many as a pipe holds of lines, where bytes are counted as they come', async () => {
    await using service = await changed('heedless', [{ file: 'budget.c', from: COST, to: 'return size;' }])();
    await flood(service, 2, 'last-lines');
    // The log may come later than the ends.
    await expect.poll(() => sizeOf(logOf(service))).toBeGreaterThan(4 * SERVICE);
  });

  test.each(BOTH)('of each session are there with %s, and what is left out is counted', async (_, serve) => {
    await using service = await serve();
    const begin = performance.now();
    await flood(service, SEVERAL, 'last-lines');
    const words = (): number => logOf(service).filter(({ text }) => text === 'last words').length;
    await expect.poll(words).toBe(SEVERAL);
    await service.launch.stop();
    const seconds = (performance.now() - begin) / 1000;
    const size = sizeOf(logOf(service));
    expect(size).toBeLessThan((seconds + 1) * SERVICE + WORST_FRAME + SEVERAL * (seconds + 1) * 2 * KIB);
    expect(service.launch.events.map(({ event }) => event)).toContain('dropped');
  });
});
