import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { Installed } from '../support/installed.ts';
import { ask, type ProbedService, serveProbes } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

const ACCEPTING = ['@start', '@stdio', '@socket', '@accept', '@identity'];

function serveAccepting(...lines: readonly string[]): Promise<ProbedService> {
  return serveProbes(folder, program, {
    run: `${program}, accept`,
    rules: ACCEPTING,
    lines: ['handoff: listener', ...lines],
  });
}

/** The answer of a service that accepts for itself, and the process that gave it. */
async function answerOf(port: number, request: string): Promise<readonly [pid: string, text: string]> {
  const { text } = await ask(port, request);
  const [pid = '', rest = ''] = text.split(' is served, ');
  return [pid, rest];
}

describe('handoff: listener', () => {
  test('one process serves every client; the next one starts with the next client', async () => {
    await using service = await serveAccepting();
    const { port } = service;
    const [first, text] = await answerOf(port, 'hello');
    expect(text).toBe('no variables, descriptor 3 does not listen');
    expect((await answerOf(port, 'hello'))[0]).toBe(first);
    expect((await answerOf(port, 'leave'))[0]).toBe(first);
    expect((await answerOf(port, 'hello'))[0]).not.toBe(first);
  });

  test('a service that shuts the listener down harms nobody who comes later', async () => {
    await using service = await serveAccepting();
    const [first] = await answerOf(service.port, 'shut');
    await service.launch.waitFor(({ event }) => event === 'end');
    await expect
      .poll(() =>
        dial(service.port).then(
          (socket) => socket.destroy().destroyed,
          () => false,
        ),
      )
      .toBe(true);
    const [second] = await answerOf(service.port, 'hello');
    expect(Number(second)).toBeGreaterThan(Number(first));
    expect(service.launch.events.filter(({ event }) => event === 'listener-lost')).toEqual([]);
  });

  test('a service that makes the listener non-blocking does it to itself', async () => {
    await using service = await serveAccepting();
    const [first] = await answerOf(service.port, 'hurry');
    await service.launch.waitFor(({ event }) => event === 'end');
    const [second] = await answerOf(service.port, 'hello');
    expect(second).not.toBe(first);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await answerOf(service.port, 'hello'))[0]).toBe(second);
  });

  test('listen-fds: LISTEN_FDS and LISTEN_PID are those of the service, on descriptor 3', async () => {
    await using service = await serveAccepting('listen-fds: true');
    expect((await answerOf(service.port, 'hello'))[1]).toBe('for this process, descriptor 3 listens');
    expect((await answerOf(service.port, 'leave'))[1]).toBe('for this process, descriptor 3 listens');
    expect((await answerOf(service.port, 'hello'))[1]).toBe('for this process, descriptor 3 listens');
  });

  test('SIGTERM reaches a service that would never end by itself', async () => {
    const service = await serveAccepting('limits: { drain: 30s }');
    await answerOf(service.port, 'hello');
    expect(await service.launch.stop()).toBe(0);
    expect(service.launch.events.find(({ event }) => event === 'end')).toMatchObject({
      signal_name: 'SIGTERM',
      cause: 'stop',
      ended_by: 'SIGTERM',
    });
    await expect.poll(() => processesOf(program)).toEqual([]);
  });
});

/** A gate whose source has other texts. */
function changed(name: string, changes: Parameters<Installed['changeGate']>[0]): string {
  const installed = new Installed(folder, name);
  installed.changeGate(changes);
  return join(installed.path, 'portcullis.js');
}

/** The pauses before the next start that were told. */
function pausesOf({ launch }: ProbedService): readonly unknown[] {
  return launch.events.filter(({ event }) => event === 'start-delayed').map((event) => event['pause_ms']);
}

describe('a service that accepts for itself and ends at once', () => {
  /** How often it is started in three seconds for one client, who is gone. */
  async function startsOf(gate?: string): Promise<{ readonly starts: number; readonly pauses: unknown }> {
    await using service = await serveProbes(
      folder,
      program,
      { run: `${program}, dies`, lines: ['handoff: listener'] },
      gate === undefined ? {} : { program: gate },
    );
    (await dial(service.port)).destroy();
    await service.launch.waitFor(({ event }) => event === 'start');
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const starts = service.launch.events.filter(({ event }) => event === 'start').length;
    return { starts, pauses: pausesOf(service) };
  }

  test('is started without end by a gate whose pause does not grow', async () => {
    const steady = changed('steady', [
      { file: 'starts.c', from: 'LONGEST_PAUSE_MS = 30000', to: 'LONGEST_PAUSE_MS = 100' },
    ]);
    expect((await startsOf(steady)).starts).toBeGreaterThan(10);
  });

  test('is started after a pause that doubles', async () => {
    const { starts, pauses } = await startsOf();
    expect(starts).toBeLessThan(7);
    expect(pauses).toEqual([100, 200, 400, 800, 1600].slice(0, starts));
  });

  test('the pause has an end', async () => {
    const short = changed('short', [
      { file: 'starts.c', from: 'LONGEST_PAUSE_MS = 30000', to: 'LONGEST_PAUSE_MS = 300' },
    ]);
    expect((await startsOf(short)).pauses).toEqual(expect.arrayContaining([100, 200, 300, 300]));
  });

  test('one that leaves no client behind is started at once', async () => {
    await using service = await serveAccepting();
    const ends = (): number => service.launch.events.filter(({ event }) => event === 'end').length;
    for (let count = 1; count <= 8; count++) {
      await answerOf(service.port, 'leave');
      await expect.poll(ends).toBe(count);
    }
    expect(pausesOf(service)).toEqual([]);
  });

  test.each([
    ['makes it short again', 3, [100, 200, 100]],
    ['that is no long one does not', 600, [100, 200, 400]],
  ])('a life %s', async (_, seconds, pauses) => {
    const gate = changed(`life-${seconds}`, [
      { file: 'starts.c', from: 'AT_ONCE_S = 1', to: 'AT_ONCE_S = 2' },
      { file: 'starts.c', from: 'LONG_LIFE_S = 60', to: `LONG_LIFE_S = ${seconds}` },
    ]);
    await using service = await serveProbes(
      folder,
      program,
      { run: `${program}, accept`, rules: ACCEPTING, lines: ['handoff: listener'] },
      { program: gate },
    );
    // Each leaves the next one waiting; the service waits for what the third one has to say.
    const clients: Socket[] = [];
    for (let count = 0; count < 5; count++) clients.push(await dial(service.port));
    for (const [index, client] of clients.entries()) {
      if (index === 2) await new Promise((resolve) => setTimeout(resolve, 3500));
      const closed = new Promise((resolve) => client.once('close', resolve));
      client.resume().write('leave\n');
      if (index < 4) await closed;
    }
    await expect.poll(() => pausesOf(service)).toEqual(pauses);
  });
});
