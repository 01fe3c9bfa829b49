import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { Installed } from '../support/installed.ts';
import { type ProbedService, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { freeUser } from '../support/users.ts';

const { folder, program } = suiteProbes();

const POLICY = { lines: ['limits: { sessions: 2, time: 60s, drain: 200ms }'] };
const UID = freeUser();

function startsOf({ launch }: ProbedService): number {
  return launch.events.filter(({ event }) => event === 'start').length;
}

/** Takes every session of the service. */
async function fill(service: ProbedService): Promise<readonly Socket[]> {
  const clients = [await dial(service.port), await dial(service.port)];
  await expect.poll(() => startsOf(service)).toBe(2);
  return clients;
}

/** Connects, and resets the connection while it waits to be accepted. */
function reset(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.resetAndDestroy());
    socket.once('close', () => resolve()).once('error', reject);
  });
}

/** The attack: how many sessions there were when the next client had been served. */
async function sessionsAfter(service: ProbedService, resets: number): Promise<number> {
  const clients = await fill(service);
  for (let count = 0; count < resets; count++) await reset(service.port);
  const next = service.attempt('show-directory');
  for (const client of clients) client.destroy();
  expect(await next).toBe('/');
  return startsOf(service);
}

describe('connections that were reset while they waited', () => {
  test('are sessions of a gate that does not look', async () => {
    const installed = new Installed(folder, 'blind');
    installed.changeGate([{ file: 'accept.c', from: '&size) == -ENOTCONN', to: '&size) == 1' }]);
    const blind = join(installed.path, 'portcullis.js');
    await using service = await serveProbes(folder, program, POLICY, { program: blind });
    expect(await sessionsAfter(service, 100)).toBe(103);
  });

  test.each([
    ['run', () => serveProbes(folder, program, POLICY)],
    ['an executable of its own', () => serveBuiltProbes(folder, program, POLICY)],
    [
      'run without root, where the gate has a filter of its own',
      () => {
        const lines = [...POLICY.lines, `user: ${UID}`, `group: ${UID}`];
        return serveProbes(folder, program, { lines }, { args: ['--unprivileged'], uid: UID });
      },
    ],
  ])('are none of %s: the next client is served, and they are counted', async (_, serve) => {
    await using service = await serve();
    const begin = performance.now();
    expect(await sessionsAfter(service, 1500)).toBe(3);
    const told = (): number => sumOf(refusalsOf(service.launch, 'gone'));
    await expect.poll(told).toBe(1500);
    const [first, ...more] = refusalsOf(service.launch, 'gone');
    expect(first).toMatchObject({ peer: '127.0.0.1', count: 1 });
    // A line for each second in which some were counted.
    expect(more.length).toBeLessThan((performance.now() - begin) / 1000 + 4);
  });
});

describe('a connection that waits for a process', () => {
  /** The first session finds no process, and waits for longer than the test needs. */
  function serveFull(name: string): Promise<ProbedService> {
    const installed = new Installed(folder, name);
    const refusing = 'static int tries;\n\tlong pid = tries++ == 0 ? -EAGAIN : start_process(';
    installed.changeGate([
      { file: 'session.c', from: 'long pid = start_process(', to: refusing },
      { file: 'table.c', from: 'PAUSE_NS = 100000000', to: 'PAUSE_NS = 1000000000' },
    ]);
    return serveProbes(folder, program, POLICY, { program: join(installed.path, 'portcullis.js') });
  }

  test('and is reset meanwhile is no session', async () => {
    await using service = await serveFull('full');
    const client = await dial(service.port);
    await service.launch.waitFor(({ event }) => event === 'paused');
    client.resetAndDestroy();
    await service.launch.waitFor(({ event, reason }) => event === 'refused' && reason === 'gone');
    expect(startsOf(service)).toBe(0);
    expect(await service.attempt('show-directory')).toBe('/');
  });

  test('is counted when the service is told to stop', async () => {
    const service = await serveFull('stopped');
    const client = await dial(service.port);
    await service.launch.waitFor(({ event }) => event === 'paused');
    expect(await service.launch.stop()).toBe(0);
    expect(refusalsOf(service.launch, 'draining')).toMatchObject([{ peer: '127.0.0.1', count: 1 }]);
    client.destroy();
  });
});

describe('connections that are half closed while they wait', () => {
  test('are served: the client has sent what it wants, and waits for the answer', async () => {
    await using service = await serveProbes(folder, program, POLICY);
    const clients = await fill(service);
    const answer = exchange(service.port, 'show-directory\n');
    // A client that has closed both ways looks the same, so it has its session.
    const closed = await dial(service.port);
    closed.end('show-directory\n', () => closed.destroy());
    await new Promise((resolve) => closed.once('close', resolve));
    for (const client of clients) client.destroy();
    expect(await answer).toBe('show-directory: /\n');
    await expect.poll(() => startsOf(service)).toBe(4);
    expect(refusalsOf(service.launch, 'gone')).toEqual([]);
  });
});
