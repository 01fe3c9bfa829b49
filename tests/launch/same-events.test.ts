import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import type { RunEvent } from '../support/launch.ts';
import { type ProbedService, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';

let folder: TestFolder;

beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

/** What is different each time, or in each plan. */
const ASIDE = ['time', 'service', 'port', 'duration_us', 'cpu_us', 'memory_kb', 'step'];
/** What only a launcher knows. */
const LAUNCHERS = ['signal_name', 'errno_name', 'text', 'file'];

/** The fields of an event in their order, with what is the same each time. */
function written(event: RunEvent): string {
  const fields = Object.entries(event).filter(([name]) => !LAUNCHERS.includes(name));
  return JSON.stringify(
    Object.fromEntries(fields.map(([name, value]) => [name, ASIDE.includes(name) ? '' : value])),
  );
}

/** A session that ends by itself, one that is refused beside it, and one whose program is gone. */
async function eventsOf(
  serve: typeof serveProbes | typeof serveBuiltProbes,
  name: string,
): Promise<readonly string[]> {
  const program = join(folder.path, name);
  copyFileSync('/bin/cat', program);
  const policy = { lines: ['limits: { per-source: 1 }'] };
  const service: ProbedService = await serve(folder, program, policy);
  const seen = (event: string): Promise<RunEvent> => service.launch.waitFor((one) => one.event === event);
  const first = await dial(service.port);
  await seen('start');
  const second = await dial(service.port);
  await seen('refused');
  first.destroy();
  second.destroy();
  await seen('end');
  rmSync(program);
  const third = await dial(service.port);
  await seen('failed');
  await service.launch.waitFor(({ event, session }) => event === 'end' && session === 2);
  third.destroy();
  expect(await service.launch.stop()).toBe(0);
  return service.launch.events.map(written);
}

test('an executable of its own writes the events of `run`, field by field', async () => {
  const [served, built] = [await eventsOf(serveProbes, 'served'), await eventsOf(serveBuiltProbes, 'built')];
  expect(built).toEqual(served);
  expect(served.map((line) => (JSON.parse(line) as RunEvent).event)).toEqual([
    ...['ready', 'start', 'refused', 'end', 'start', 'failed', 'end', 'draining', 'stopped'],
  ]);
});
