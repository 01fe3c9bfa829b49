import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ask, serveProbes } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

describe('a reader of the events that has stopped, while a session floods its log', () => {
  test('clients are served, time ends the session, and SIGTERM ends the service', async () => {
    const { launch, port } = await serveProbes(folder, program, {
      lines: ['limits: { time: 2s, drain: 200ms }'],
    });
    launch.process.stdout?.pause();
    const hostile = ask(port, 'flood-log');
    expect((await hostile).text).toBe('flooding');
    expect((await ask(port, 'show-directory')).text).toBe('/');
    const exited = once(launch.process, 'exit');
    launch.process.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(processesOf(program)).toEqual([]);
    launch.process.stdout?.resume();
    await launch.exited;
    expect(launch.events.length).toBeGreaterThan(10);
  });
});
