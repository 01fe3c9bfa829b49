import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { Installed } from '../support/installed.ts';
import { type ProbedService, serveProbes } from '../support/probe-program.ts';
import { processTree } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

/** A gate that finds an error, before each call that the kernel answers, until there are no more. */
function faulty(
  name: string,
  file: string,
  errors: readonly string[],
  places: Readonly<Record<'before' | 'from' | 'to', string>>,
): string {
  const installed = new Installed(folder, name);
  const fault = `static long fault(void)
{
	static const long faults[] = {${errors.join(', ')}};
	static u32 asked;
	u32 now = asked++;
	return now % 2 == 0 && now / 2 < sizeof faults / sizeof faults[0] ? -faults[now / 2] : 0;
}

${places.before}`;
  installed.changeGate([
    { file, from: places.before, to: fault },
    { file, from: places.from, to: places.to },
  ]);
  return join(installed.path, 'portcullis.js');
}

/** The number of descriptors that each process of a service has. */
function descriptors({ launch }: ProbedService): readonly number[] {
  return processTree(launch.process.pid ?? 0).map(({ pid }) => readdirSync(`/proc/${pid}/fd`).length);
}

function count({ launch }: ProbedService, name: string): number {
  return launch.events.filter(({ event }) => event === name).length;
}

describe('a kernel that answers errors to accept', () => {
  test('makes the gate pause or try again, and everybody is served', async () => {
    const pauses = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EPROTO', 'ENETDOWN', 'EPERM'];
    const call = 'long socket = syscall4(__NR_accept4, ';
    const gate = faulty('accept', 'accept.c', [...pauses, 'ECONNABORTED', 'EINTR', 'EAGAIN'], {
      before: 'enum { SOCKET_CLOEXEC',
      from: call,
      to: `long error = fault();\n${call.replace('= ', '= error ? error : ')}`,
    });
    const policy = { run: '/bin/cat', lines: ['limits: { drain: 200ms }'] };
    await using service = await serveProbes(folder, program, policy, { program: gate });
    const before = descriptors(service);
    const clients = Array.from({ length: 12 }, () => exchange(service.port, 'hello'));
    expect(await Promise.all(clients)).toEqual(clients.map(() => 'hello'));
    await expect.poll(() => count(service, 'end')).toBe(12);
    const paused = service.launch.events.filter(({ event }) => event === 'paused');
    expect(paused.map(({ errno_name }) => errno_name)).toEqual(pauses);
    await expect.poll(() => descriptors(service)).toEqual(before);
  });
});

describe('a kernel that answers errors to questions about connections', () => {
  test('is asked again, and the limit holds', async () => {
    const gate = faulty('asked', 'connection.c', ['ENOBUFS'], {
      before: 'static u32 last_question;',
      from: 'is_error(ask(session))',
      to: 'fault() || is_error(ask(session))',
    });
    const policy = { run: '/bin/cat', lines: ['limits: { idle: 1s, grace: 0, drain: 200ms }'] };
    await using service = await serveProbes(folder, program, policy, { program: gate });
    const client = (await dial(service.port)).on('error', () => undefined);
    const end = await service.launch.waitFor(({ event }) => event === 'end');
    expect(end).toMatchObject({ cause: 'idle' });
    expect(end['duration_us']).toBeGreaterThanOrEqual(2_000_000);
    client.destroy();
  });
});
