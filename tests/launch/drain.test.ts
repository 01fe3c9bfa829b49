import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { Installed } from '../support/installed.ts';
import { launchReady } from '../support/launch.ts';
import { freePort } from '../support/ports.ts';
import { ProbedService, serveBuiltProbes, serveProbes, writeProbePolicy } from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

function policy(drain: string): { readonly lines: readonly string[] } {
  return { lines: [`limits: { sessions: 1, drain: ${drain} }`] };
}

function startsOf({ launch }: ProbedService): number {
  return launch.events.filter(({ event }) => event === 'start').length;
}

/** A gate whose source has other texts. */
function changed(name: string, changes: Parameters<Installed['changeGate']>[0]): string {
  const installed = new Installed(folder, name);
  installed.changeGate(changes);
  return join(installed.path, 'portcullis.js');
}

/** A client that has connected and asked, and what it hears in the end. */
async function ask(port: number): Promise<{ readonly socket: Socket; readonly answer: Promise<string> }> {
  const socket = await dial(port);
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const answer = new Promise<string>((resolve) => {
    socket.once('error', (error) => resolve(`reset: ${(error as NodeJS.ErrnoException).code}`));
    socket.once('close', () => resolve(text));
  });
  socket.write('show-directory\n');
  return { socket, answer };
}

/** One has the only session, two wait in the kernel's queue; then the order to stop comes. */
async function stopWithQueue(service: ProbedService): Promise<readonly Promise<string>[]> {
  const first = await dial(service.port);
  await expect.poll(() => startsOf(service)).toBe(1);
  const waiting = [await ask(service.port), await ask(service.port)];
  service.launch.process.kill('SIGTERM');
  expect(await service.launch.waitFor(({ event }) => event === 'draining')).toMatchObject({ sessions: 1 });
  first.destroy();
  return waiting.map(({ answer }) => answer);
}

describe('connections that wait to be accepted when the drain begins', () => {
  test('are reset by a gate that closes its listeners at once', async () => {
    const hasty = changed('hasty', [
      { file: 'drain.c', from: '|| !service.started', to: '|| service.started' },
    ]);
    await using service = await serveProbes(folder, program, policy('10s'), { program: hasty });
    const answers = await stopWithQueue(service);
    expect(await Promise.all(answers)).toEqual(['reset: ECONNRESET', 'reset: ECONNRESET']);
    expect(startsOf(service)).toBe(1);
  });

  test.each([
    ['run', () => serveProbes(folder, program, policy('10s'))],
    ['an executable of its own', () => serveBuiltProbes(folder, program, policy('10s'))],
  ])('are served by %s, one after the other, and then it ends', async (_, serve) => {
    const service = await serve();
    const answers = await stopWithQueue(service);
    expect(await Promise.all(answers)).toEqual(['show-directory: /\n', 'show-directory: /\n']);
    expect((await service.launch.exited).code).toBe(0);
    expect(startsOf(service)).toBe(3);
    await expect(dial(service.port)).rejects.toThrow('ECONNREFUSED');
  });

  test('are served no longer than limits.drain', async () => {
    const service = await serveProbes(folder, program, policy('300ms'));
    await dial(service.port);
    await expect.poll(() => startsOf(service)).toBe(1);
    const { answer } = await ask(service.port);
    service.launch.process.kill('SIGTERM');
    expect(await answer).toBe('reset: ECONNRESET');
    expect((await service.launch.exited).code).toBe(0);
    expect(startsOf(service)).toBe(1);
  });
});

describe('a connection that was accepted and waits for a process when the drain begins', () => {
  const refusing = 'static int tries;\n\tlong pid = tries++ == 0 ? -EAGAIN : start_process(';

  test('is served', async () => {
    const full = changed('full', [
      { file: 'session.c', from: 'long pid = start_process(', to: refusing },
      { file: 'table.c', from: 'PAUSE_NS = 100000000', to: 'PAUSE_NS = 1000000000' },
    ]);
    const service = await serveProbes(folder, program, policy('10s'), { program: full });
    const { answer } = await ask(service.port);
    await service.launch.waitFor(({ event }) => event === 'paused');
    service.launch.process.kill('SIGTERM');
    expect(await service.launch.waitFor(({ event }) => event === 'draining')).toMatchObject({ sessions: 0 });
    expect(await answer).toBe('show-directory: /\n');
    expect((await service.launch.exited).code).toBe(0);
  });

  test('is served also when the listeners, whose numbers its log has then, are closed', async () => {
    const last = changed('last', [
      { file: 'session.c', from: 'long pid = start_process(', to: refusing.replace('== 0', '== 1') },
      { file: 'drain.c', from: '(numbers->backlog + 1) * numbers->listener_count', to: '1' },
    ]);
    const { file, port } = writeProbePolicy(folder, program, policy('10s'));
    const two = `listen: [$1, "tcp://127.0.0.1:${freePort()}"]`;
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^listen: (.*)$/m, two));
    const service = new ProbedService(await launchReady([file], { program: last }), port);
    const [first] = await stopWithQueue(service);
    expect(await first).toBe('show-directory: /\n');
    expect((await service.launch.exited).code).toBe(0);
    expect(service.launch.events.map(({ event }) => event)).toContain('paused');
    expect(service.launch.events.map(({ event }) => event)).not.toContain('failed');
  });

  test('is counted as refused when there is no process in time', async () => {
    const never = changed('never', [
      { file: 'session.c', from: 'long pid = start_process(', to: 'long pid = 1 ? -EAGAIN : start_process(' },
    ]);
    const service = await serveProbes(folder, program, policy('300ms'), { program: never });
    const { answer } = await ask(service.port);
    await service.launch.waitFor(({ event }) => event === 'paused');
    service.launch.process.kill('SIGTERM');
    expect(await answer).toBe('reset: ECONNRESET');
    expect((await service.launch.exited).code).toBe(0);
    expect(service.launch.events.find(({ event }) => event === 'refused')).toMatchObject({
      reason: 'draining',
      count: 1,
    });
  });
});
