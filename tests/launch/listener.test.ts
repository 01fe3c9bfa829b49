import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { ask, type ProbedService, serveProbes } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

function serveAccepting(...lines: readonly string[]): Promise<ProbedService> {
  return serveProbes(folder, program, {
    run: `${program}, accept`,
    rules: ['@start', '@stdio', '@socket', '@accept', '@identity'],
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
    });
    await expect.poll(() => processesOf(program)).toEqual([]);
  });
});
