import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Installed } from '../support/installed.ts';
import { Launch, launch } from '../support/launch.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { ask, writeProbePolicy } from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

const SLOW_MS = 2000;

/** A program whose supervisor needs so long to come up, as Node does on a busy machine. */
function slow(name: string): string {
  const installed = new Installed(folder, name);
  const supervisor = join(installed.path, 'supervisor.cjs');
  const wait = `for (const begin = Date.now(); Date.now() - begin < ${SLOW_MS}; );\n`;
  writeFileSync(supervisor, wait + readFileSync(supervisor, 'utf8'));
  return join(installed.path, 'portcullis.js');
}

/** Waits until standard error says that the service is ready. */
async function saidReady(running: Launch): Promise<void> {
  await expect.poll(() => running.stderr, { timeout: 30_000, interval: 5 }).toContain(': ready on tcp://');
}

describe('ready', () => {
  test('is said on standard error and as the event when a client is answered, however slow the supervisor is', async () => {
    const { file, port } = writeProbePolicy(folder, program, { lines: ['limits: { drain: 200ms }'] });
    await using running = launch([file], { program: slow('slow') });
    await saidReady(running);
    const begin = performance.now();
    await running.waitFor(({ event }) => event === 'ready');
    expect((await ask(port, 'show-directory')).text).toBe('/');
    expect(performance.now() - begin).toBeLessThan(SLOW_MS);
  });

  test('is said of each of several services, once', async () => {
    const files = [1, 2].map(() => writeProbePolicy(folder, program).file);
    await using running = launch(files);
    await expect.poll(() => running.stderr.match(/: ready on /g)?.length, { timeout: 30_000 }).toBe(2);
    await expect.poll(() => running.events.map(({ event }) => event)).toEqual(['ready', 'ready']);
  });

  test('is not said of a service whose gate has ended before', async () => {
    const { file } = writeProbePolicy(folder, program);
    const installed = new Installed(folder, 'deaf');
    installed.changeGate([{ file: 'serve.c', from: "order == 'g')", to: "order == 'g' && (leave(3), 1))" }]);
    const running = launch([file], { program: join(installed.path, 'portcullis.js') });
    expect((await running.exited).code).toBe(1);
    expect(running.stderr).not.toContain('ready');
    expect(running.events.map(({ event }) => event)).toEqual(['lost']);
  });

  test('is the event also where the reader of standard error has stopped, and the order to stop is heard', async () => {
    const { file, port } = writeProbePolicy(folder, program, { lines: ['limits: { drain: 200ms }'] });
    const pipe = join(folder.path, 'stopped');
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    expect(() => {
      for (;;) writeSync(reader, Buffer.alloc(4096));
    }).toThrow('EAGAIN');
    const stderr = openSync(pipe, 'w');
    const child = spawn(NODE, [PROGRAM, 'run', '--json', file], { stdio: ['ignore', 'pipe', stderr] });
    const running = new Launch(child);
    await running.waitFor(({ event }) => event === 'ready');
    expect((await ask(port, 'show-directory')).text).toBe('/');
    expect(await running.stop()).toBe(0);
    for (const descriptor of [reader, stderr]) closeSync(descriptor);
  });
});
