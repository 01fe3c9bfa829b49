import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { Installed } from '../support/installed.ts';
import type { Launch } from '../support/launch.ts';
import { type ProbedService, serveProbes } from '../support/probe-program.ts';
import { processesOf, processTree } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

/** More than the gate looks at one by one when a session ends. */
const IDLE = 150;

const LINES = ['limits: { sessions: 200, drain: 1s }', 'rlimits: { nproc: 1000 }'];

function countOf({ events }: Launch, name: string): number {
  return events.filter(({ event }) => event === name).length;
}

/** Clients that say nothing, each with its session. */
async function fill(service: ProbedService): Promise<readonly Socket[]> {
  const before = countOf(service.launch, 'start');
  const clients = await Promise.all(Array.from({ length: IDLE }, () => dial(service.port)));
  await expect.poll(() => countOf(service.launch, 'start'), { timeout: 30_000 }).toBe(before + IDLE);
  return clients;
}

/** The descriptors of the inner gate. */
function descriptorsOf(service: ProbedService): number {
  return processTree(service.launch.process.pid ?? 0)[2]?.descriptors.size ?? Number.NaN;
}

async function serveCrowd(service: ProbedService): Promise<void> {
  expect(await service.attempt('show-directory')).toBe('/');
  await expect.poll(() => countOf(service.launch, 'end')).toBe(1);
  const [none, before] = [descriptorsOf(service), countOf(service.launch, 'end')];
  const clients = await fill(service);
  // Many at once, whose ends the kernel may tell in one word.
  for (let round = 0; round < 5; round++) {
    const answers = Array.from({ length: 20 }, () => service.attempt('show-directory'));
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['/']));
  }
  expect(countOf(service.launch, 'end')).toBe(before + 100);
  const sessions = processesOf(program).slice(-10);
  for (const { descriptors } of sessions) expect([...descriptors.keys()].sort()).toEqual([0, 1, 2]);
  for (const client of clients) client.destroy();
  await expect.poll(() => countOf(service.launch, 'end'), { timeout: 20_000 }).toBe(before + 100 + IDLE);
  expect(await service.attempt('show-directory')).toBe('/');
  await expect.poll(() => descriptorsOf(service)).toBe(none);
}

describe('beside many sessions that wait', () => {
  test('a new one is served, has its own descriptors only, and its end is told', async () => {
    await using service = await serveProbes(folder, program, { lines: LINES });
    await serveCrowd(service);
  });

  test('also without logs, whose ends tell of sessions that end at once', async () => {
    await using service = await serveProbes(folder, program, { lines: [...LINES, 'stderr: "null"'] });
    await serveCrowd(service);
  });

  test('and without root, where the gate has a filter of its own', async () => {
    const uid = 12_345;
    const lines = [...LINES, `user: ${uid}`, `group: ${uid}`];
    await using service = await serveProbes(folder, program, { lines }, { args: ['--unprivileged'], uid });
    await serveCrowd(service);
  });
});

/** A gate in which sessions that share its descriptors never come to have their own, as if they were stopped. */
function stuckGate(): string {
  const installed = new Installed(folder, 'stuck');
  const parting = 'int is_sharing = (int)berth->is_sharing;';
  const never = `while (berth->is_sharing)\n\t\twait_until_alone(berth);\n\t${parting}`;
  installed.changeGate([{ file: 'session.c', from: parting, to: never }]);
  return join(installed.path, 'portcullis.js');
}

describe('sessions that are stopped while they share the descriptors of the gate', () => {
  test('hold up nobody: others are served, and their time ends them', async () => {
    const lines = ['limits: { sessions: 40, time: 4s, drain: 200ms }'];
    await using service = await serveProbes(folder, program, { lines }, { program: stuckGate() });
    const stuck = await Promise.all(Array.from({ length: 8 }, () => dial(service.port)));
    await expect.poll(() => countOf(service.launch, 'start')).toBe(8);
    expect(await service.attempt('show-directory')).toBe('/');
    const ended = stuck.map((socket) => new Promise((resolve) => socket.once('close', resolve).resume()));
    await Promise.all(ended);
    const overdue = (): number =>
      service.launch.events.filter(({ event, cause }) => event === 'end' && cause === 'time').length;
    await expect.poll(overdue).toBe(8);
  });
});

/** A gate whose sessions stay what they are before the first step of the plan that is theirs. */
const WAITING = {
  file: 'session.c',
  from: '\texecute_plan(&berth->process);',
  to: '\tsyscall4(__NR_futex, &berth->used, FUTEX_WAIT_PRIVATE, 1, NULL);\n\texecute_plan(&berth->process);',
};

/** How many connections the sessions hold at most that have begun at the same time, each of which has one of its own. */
async function connectionsHeld(
  name: string,
  changes: Parameters<Installed['changeGate']>[0],
): Promise<number> {
  const installed = new Installed(folder, name);
  installed.changeGate([WAITING, ...changes]);
  const lines = ['limits: { sessions: 40, time: 60s, drain: 200ms }'];
  const options = { program: join(installed.path, 'portcullis.js') };
  await using service = await serveProbes(folder, program, { lines }, options);
  const clients = await Promise.all(Array.from({ length: 24 }, () => dial(service.port)));
  await expect.poll(() => countOf(service.launch, 'start')).toBe(24);
  const [, , inner, ...sessions] = processTree(service.launch.process.pid ?? 0);
  const listeners = [...(inner?.descriptors.values() ?? [])].filter((target) => target.startsWith('socket:'));
  // Handed over, which the gate has closed.
  await expect.poll(() => processTree(service.launch.process.pid ?? 0)[2]?.descriptors.size).toBeLessThan(50);
  const held = sessions.map(
    ({ descriptors }) =>
      [...descriptors.values()].filter(
        (target) => target.startsWith('socket:') && !listeners.includes(target),
      ).length,
  );
  expect(held).toHaveLength(24);
  for (const client of clients) client.destroy();
  return Math.max(...held);
}

describe('the connections of others that begin at the same time', () => {
  test('are held by a session that gives up nothing', async () => {
    const careless = {
      file: 'session.c',
      from: 'return high - low < 2 ? 0 :',
      to: 'return low < high ? 0 :',
    };
    expect(await connectionsHeld('careless', [careless])).toBeGreaterThan(1);
  });

  test('are given up at once, so that nobody waits for the client of another', async () => {
    expect(await connectionsHeld('waiting', [])).toBe(1);
  });
});
