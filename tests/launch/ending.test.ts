import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { Installed } from '../support/installed.ts';
import type { RunEvent } from '../support/launch.ts';
import { ask, type ProbedService, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { processesOf, processTree } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { freeUser } from '../support/users.ts';

const { folder, program } = suiteProbes();
const UID = freeUser();

/** The gate with one filter and with two, under a launcher and alone. */
const GATES: readonly (readonly [name: string, serve: (limits: string) => Promise<ProbedService>])[] = [
  ['run', (limits) => serveProbes(folder, program, { lines: [limits] })],
  ['an executable of its own', (limits) => serveBuiltProbes(folder, program, { lines: [limits] })],
  [
    'run without root, where the gate has a filter of its own',
    (limits) => {
      const lines = [limits, `user: ${UID}`, `group: ${UID}`];
      return serveProbes(folder, program, { lines }, { args: ['--unprivileged'], uid: UID });
    },
  ],
];

function endOf({ launch }: ProbedService, session: number): Promise<RunEvent> {
  return launch.waitFor(({ event, session: one }) => event === 'end' && one === session);
}

/** A client that has sent a request and heard the first word. */
async function begin(port: number, request: string): Promise<Socket> {
  const socket = await dial(port);
  socket.on('error', () => undefined);
  socket.write(`${request}\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

describe('limits.time', () => {
  test.each(GATES)('%s asks a session to end, which has time to', async (_, serve) => {
    await using service = await serve('limits: { time: 500ms, grace: 20s, drain: 200ms }');
    expect(await service.attempt('end-when-asked')).toBe('waiting\nfarewell');
    expect(await endOf(service, 1)).toMatchObject({ status: 0, cause: 'time', ended_by: 'SIGTERM' });
  });

  test('grace: 0 kills a session at once', async () => {
    await using service = await serveProbes(folder, program, {
      lines: ['limits: { time: 500ms, grace: 0, drain: 200ms }'],
    });
    expect(await service.attempt('end-when-asked')).toBe('waiting, then SIGKILL');
    expect(await endOf(service, 1)).toMatchObject({ signal: 9, cause: 'time', ended_by: 'SIGKILL' });
  });

  test.each(['spin', 'fork-when-asked', 'process-stopped'])(
    '%s: a session that does not end is killed whole after its grace, and another is served meanwhile',
    async (request) => {
      await using service = await serveProbes(folder, program, {
        default: 'allow',
        rules: ['getpid'],
        lines: ['limits: { time: 500ms, grace: 1s, drain: 200ms }', 'rlimits: { nproc: 40, cpu: 30s }'],
      });
      const hostile = ask(service.port, request);
      await service.launch.waitFor(({ event }) => event === 'start');
      await new Promise((resolve) => setTimeout(resolve, 900));
      expect(await service.attempt('show-directory')).toBe('/');
      await hostile;
      const end = await endOf(service, 1);
      expect(end).toMatchObject({ signal: 9, cause: 'time', ended_by: 'SIGKILL' });
      expect(end['duration_us']).toBeGreaterThan(1_500_000);
      await expect.poll(() => processesOf(program)).toEqual([]);
    },
  );

  test('limits.signal: what a Python program has buffered arrives with SIGINT, and not with SIGTERM', async () => {
    const script = join(folder.path, 'buffered.py');
    writeFileSync(script, 'import time\nprint("first line")\ntime.sleep(30)\n', { mode: 0o755 });
    const answerOf = async (signal: string): Promise<string> => {
      await using service = await serveProbes(folder, program, {
        default: 'errno(EPERM)',
        run: `/usr/bin/python3, -S, ${script}`,
        rules: ['@start', '@stdio', '@read-files', '@identity', '@signal-self', '@time'],
        lines: [
          `limits: { time: 1500ms, signal: ${signal}, grace: 20s, drain: 200ms }`,
          'environment: { set: { HOME: / } }',
        ],
      });
      const { text } = await ask(service.port, '');
      expect(await endOf(service, 1)).toMatchObject({ cause: 'time', ended_by: signal });
      return text;
    };
    expect(await answerOf('SIGTERM')).toBe('');
    expect(await answerOf('SIGINT')).toBe('first line');
  });
});

describe('limits.client-gone', () => {
  const LIMITS = 'limits: { sessions: 60, client-gone: 1s, grace: 20s, drain: 200ms }';

  test('without it a session outlives its client', async () => {
    await using service = await serveProbes(folder, program, { lines: ['limits: { drain: 200ms }'] });
    (await begin(service.port, 'end-when-asked')).resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(service.launch.events.map(({ event }) => event)).not.toContain('end');
  });

  test.each(GATES)('%s ends a session whose client has closed or reset, and no other', async (_, serve) => {
    await using service = await serve(LIMITS);
    const stays = await begin(service.port, 'end-when-asked');
    const closes = await begin(service.port, 'end-when-asked');
    const resets = await begin(service.port, 'end-when-asked');
    closes.destroy();
    resets.resetAndDestroy();
    for (const session of [2, 3]) {
      const end = await endOf(service, session);
      expect(end).toMatchObject({ cause: 'client-gone', ended_by: 'SIGTERM' });
      expect(end['duration_us']).toBeGreaterThan(1_000_000);
    }
    expect(service.launch.events.filter(({ event }) => event === 'end')).toHaveLength(2);
    stays.end();
    expect(await endOf(service, 1)).toMatchObject({ cause: 'client-gone' });
  });

  test('a client that ends its half has its answer', async () => {
    await using service = await serveProbes(folder, program, { lines: [LIMITS] });
    expect(await exchange(service.port, 'show-directory\n')).toBe('show-directory: /\n');
    expect(await endOf(service, 1)).toMatchObject({ status: 0, cause: 'exit' });
    expect(service.launch.events.find(({ event }) => event === 'end')).not.toHaveProperty('ended_by');
  });

  test('of many that begin at once each is told, and the gate keeps none of their connections', async () => {
    await using service = await serveProbes(folder, program, {
      lines: [LIMITS, 'stderr: null', 'rlimits: { nproc: 1000 }'],
    });
    const descriptors = (): number =>
      processTree(service.launch.process.pid ?? 0)[2]?.descriptors.size ?? Number.NaN;
    const before = descriptors();
    const clients = await Promise.all(
      Array.from({ length: 40 }, () => begin(service.port, 'end-when-asked')),
    );
    await expect.poll(descriptors).toBe(before);
    for (const client of clients) client.destroy();
    const ends = (): readonly RunEvent[] => service.launch.events.filter(({ event }) => event === 'end');
    await expect.poll(() => ends().length, { timeout: 30_000 }).toBe(40);
    expect(new Set(ends().map(({ cause }) => cause))).toEqual(new Set(['client-gone']));
  });

  test('a session that gives its connection up goes on until its time is up', async () => {
    await using service = await serveProbes(folder, program, {
      lines: ['limits: { client-gone: 200ms, time: 2s, drain: 200ms }'],
    });
    (await begin(service.port, 'close-the-connection')).destroy();
    expect(await endOf(service, 1)).toMatchObject({ cause: 'time' });
  });

  describe('a connection that outlives its session', () => {
    /** The second session has the entry of the first, whose client goes now. Returns whether that ends the second. */
    async function endsAnother(gate?: string): Promise<boolean> {
      await using service = await serveProbes(
        folder,
        program,
        {
          default: 'allow',
          rules: ['getpid'],
          lines: ['limits: { sessions: 60, client-gone: 200ms, drain: 200ms }'],
        },
        gate === undefined ? {} : { program: gate },
      );
      const first = await dial(service.port);
      first.write('leave-the-connection\n');
      await endOf(service, 1);
      await begin(service.port, 'end-when-asked');
      first.destroy();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return service.launch.events.some(({ event, session }) => event === 'end' && session === 2);
    }

    test('ends another session of a gate that does not compare its number', async () => {
      const installed = new Installed(folder, 'careless');
      installed.changeGate([
        { file: 'ending.c', from: 'session->number == number && ', to: 'session->number != ~number && ' },
      ]);
      expect(await endsAnother(join(installed.path, 'portcullis.js'))).toBe(true);
    });

    test('ends nobody', async () => {
      expect(await endsAnother()).toBe(false);
    });
  });
});

describe('the end of the time to drain', () => {
  test.each(GATES)('%s asks what is left to end', async (_, serve) => {
    const service = await serve('limits: { grace: 20s, drain: 300ms }');
    const client = await begin(service.port, 'end-when-asked');
    const farewell = new Promise((resolve) => client.once('data', (bytes) => resolve(String(bytes))));
    service.launch.process.kill('SIGTERM');
    expect(await farewell).toBe('end-when-asked: farewell\n');
    expect((await service.launch.exited).code).toBe(0);
    expect(await endOf(service, 1)).toMatchObject({ status: 0, cause: 'stop', ended_by: 'SIGTERM' });
  });

  test('a session that does not end is killed after its grace', async () => {
    const service = await serveProbes(folder, program, { lines: ['limits: { grace: 500ms, drain: 300ms }'] });
    await begin(service.port, 'spin');
    service.launch.process.kill('SIGTERM');
    expect((await service.launch.exited).code).toBe(0);
    expect(await endOf(service, 1)).toMatchObject({ signal: 9, cause: 'stop', ended_by: 'SIGKILL' });
    await expect.poll(() => processesOf(program)).toEqual([]);
  });
});
