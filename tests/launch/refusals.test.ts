import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Installed } from '../support/installed.ts';
import { type ProbedService, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

/** What gate/refusals.c has room for. */
const SOURCES = 32;

function policy(sessions: number): { readonly lines: readonly string[] } {
  const limits = `limits: { sessions: ${sessions}, per-source: 1, time: 60s, drain: 200ms }`;
  return { lines: [limits, `rlimits: { nproc: ${sessions + 50} }`] };
}

/** A client that holds the one session of its address. */
async function hold(port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

/** A client that is turned away. */
function visit(port: number, from: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.resume();
  });
}

/** So many visits, a few at a time, from addresses in turn; answers how many seconds that took. */
async function hammer(port: number, visits: number, sources: readonly string[]): Promise<number> {
  const begin = performance.now();
  let left = visits;
  const visitor = async (): Promise<void> => {
    while (left-- > 0) await visit(port, sources[left % sources.length] ?? '');
  };
  await Promise.all(Array.from({ length: 8 }, visitor));
  return (performance.now() - begin) / 1000;
}

function addresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `127.${index + 1}.0.1`);
}

function startsOf({ launch }: ProbedService): number {
  return launch.events.filter(({ event }) => event === 'start').length;
}

/** The attack: how many lines of the log it takes, when the service is stopped at once, so that no end of a second tells the rest. */
async function linesOf(
  service: ProbedService,
  visits: number,
  sources: readonly string[],
): Promise<{ readonly lines: number; readonly seconds: number }> {
  const clients = await Promise.all(sources.map((source) => hold(service.port, source)));
  await expect.poll(() => startsOf(service)).toBe(sources.length);
  const seconds = await hammer(service.port, visits, sources);
  for (const client of clients) client.destroy();
  expect(await service.launch.stop()).toBe(0);
  const told = refusalsOf(service.launch, 'per-source');
  expect(sumOf(told)).toBe(visits);
  return { lines: told.length, seconds };
}

describe('a client that is turned away again and again', () => {
  test('fills the log of a gate that tells each time', async () => {
    const installed = new Installed(folder, 'talkative');
    installed.changeGate([{ file: 'refusals.c', from: 'if (!entry->is_told)\n\t\ttell', to: 'tell' }]);
    const talkative = join(installed.path, 'portcullis.js');
    const service = await serveProbes(folder, program, policy(4), { program: talkative });
    expect(await linesOf(service, 3000, addresses(1))).toMatchObject({ lines: 3000 });
  });

  test.each([
    ['run', serveProbes],
    ['an executable of its own', serveBuiltProbes],
  ] as const)('is one line at once and one a second of %s, and every time is counted', async (_, serve) => {
    const service = await serve(folder, program, policy(4));
    const { lines, seconds } = await linesOf(service, 3000, addresses(1));
    expect(lines).toBeGreaterThan(1);
    expect(lines).toBeLessThan(seconds + 4);
  });

  test('with 200 addresses, has the lines of 32 sources and one for all others', async () => {
    const service = await serveProbes(folder, program, policy(210));
    const { lines, seconds } = await linesOf(service, 6000, addresses(200));
    expect(lines).toBeLessThan((seconds + 3) * (SOURCES + 1) + SOURCES);
    const others = refusalsOf(service.launch, 'per-source').filter(({ peer }) => peer === undefined);
    expect(others.length).toBeGreaterThan(0);
    expect(sumOf(others)).toBeGreaterThan(3000);
  });
});

describe('a client that is turned away now and then', () => {
  test('is told at once each time', async () => {
    await using service = await serveProbes(folder, program, policy(4));
    const client = await hold(service.port, '127.0.0.1');
    await expect.poll(() => startsOf(service)).toBe(1);
    for (const time of [1, 2]) {
      await visit(service.port, '127.0.0.1');
      await expect.poll(() => refusalsOf(service.launch, 'per-source')).toHaveLength(time);
      await new Promise((resolve) => setTimeout(resolve, 1200));
    }
    const counts = refusalsOf(service.launch, 'per-source').map(({ count }) => count);
    expect(counts).toEqual([1, 1]);
    client.destroy();
  });
});
