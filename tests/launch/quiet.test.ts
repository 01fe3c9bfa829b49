import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { launch, type RunEvent } from '../support/launch.ts';
import {
  type ProbedService,
  serveBuiltProbes,
  serveProbes,
  writeProbePolicy,
} from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { freeUser } from '../support/users.ts';

const { folder, program } = suiteProbes();
const UID = freeUser();

/** The gate with one filter and with two, under a launcher and alone; each serves an echo. */
const GATES: readonly (readonly [name: string, serve: (limits: string) => Promise<ProbedService>])[] = [
  ['run', (limits) => serveProbes(folder, program, { run: '/bin/cat', lines: [limits] })],
  [
    'run on both families, where IPv4 is mapped',
    (limits) => serveProbes(folder, program, { run: '/bin/cat', host: '[::]', lines: [limits] }),
  ],
  [
    'an executable of its own',
    (limits) => serveBuiltProbes(folder, program, { run: '/bin/cat', lines: [limits] }),
  ],
  [
    'run without root, where the gate has a filter of its own',
    (limits) => {
      const lines = [limits, `user: ${UID}`, `group: ${UID}`];
      return serveProbes(folder, program, { run: '/bin/cat', lines }, { args: ['--unprivileged'], uid: UID });
    },
  ],
];

function endOf({ launch }: ProbedService, session: number): Promise<RunEvent> {
  return launch.waitFor(({ event, session: one }) => event === 'end' && one === session);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function client({ port }: ProbedService): Promise<Socket> {
  return (await dial(port)).on('error', () => undefined);
}

describe('limits.first-byte and limits.idle', () => {
  test('without them a silent client holds its session', async () => {
    await using service = await serveProbes(folder, program, {
      run: '/bin/cat',
      lines: ['limits: { drain: 200ms }'],
    });
    const silent = await client(service);
    await pause(2500);
    expect(service.launch.events.map(({ event }) => event)).not.toContain('end');
    silent.destroy();
  });

  test.each(GATES)(
    '%s ends the session of a silent client, and of one that falls silent',
    async (_, serve) => {
      await using service = await serve(
        'limits: { first-byte: 600ms, idle: 1200ms, grace: 5s, drain: 200ms }',
      );
      await client(service);
      await service.launch.waitFor(({ event }) => event === 'start');
      const falls = await client(service);
      falls.write('once');
      await service.launch.waitFor(({ event, session }) => event === 'start' && session === 2);
      const slow = await client(service);
      for (let byte = 0; byte < 6; byte += 1) {
        slow.write('.');
        await pause(400);
      }
      expect(await endOf(service, 1)).toMatchObject({ cause: 'first-byte', ended_by: 'SIGTERM' });
      const idle = await endOf(service, 2);
      expect(idle).toMatchObject({ cause: 'idle', ended_by: 'SIGTERM' });
      expect(idle['duration_us']).toBeGreaterThanOrEqual(1_200_000);
      const last = await endOf(service, 3);
      expect(last).toMatchObject({ cause: 'idle' });
      expect(last['duration_us']).toBeGreaterThanOrEqual(3_000_000);
    },
  );

  test.each([
    ['has no answer', '24000000020000000000000000000000feffffff'],
    ['ends its answer with an error', '14000000030000000000000000000000feffffff'],
  ])('a kernel that %s is known before anybody counts on the limits', async (_, answer) => {
    const { file } = writeProbePolicy(folder, program, { lines: ['limits: { idle: 1s }'] });
    const poke = `inject=recvfrom:poke_exit=@arg2=${answer}`;
    const started = launch([file], {
      prefix: ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=recvfrom', '-e', poke],
    });
    expect((await started.exited).code).toBe(125);
    expect(started.stderr).toMatch(
      /recvfrom\(times, .* answered 20 .*CONFIG_INET_TCP_DIAG.*nothing was started/,
    );
  });

  test('a client that reads nothing is idle once its service cannot send, one that reads is not', async () => {
    await using service = await serveProbes(folder, program, {
      run: '/usr/bin/yes',
      lines: ['limits: { idle: 1s, grace: 0, drain: 200ms }'],
    });
    const deaf = connect({ port: service.port, host: '127.0.0.1', allowHalfOpen: true });
    deaf.on('error', () => undefined).pause();
    await service.launch.waitFor(({ event }) => event === 'start');
    const reads = (await client(service)).resume();
    expect(await endOf(service, 1)).toMatchObject({ cause: 'idle', ended_by: 'SIGKILL' });
    await pause(1000);
    expect(service.launch.events.filter(({ event }) => event === 'end')).toHaveLength(1);
    for (const socket of [deaf, reads]) socket.destroy();
  });

  test('a session that has closed its connection is left alone, also when another has its addresses', async () => {
    const script = join(folder.path, 'leaves.py');
    const lines = ['import os, time', 'if os.read(0, 9) == b"leave":', ' os.close(0)', ' os.close(1)'];
    writeFileSync(script, [...lines, 'time.sleep(4)', ''].join('\n'));
    await using service = await serveProbes(folder, program, {
      default: 'errno(EPERM)',
      run: `/usr/bin/python3, -S, ${script}`,
      rules: ['@start', '@stdio', '@read-files', '@identity', '@signal-self', '@time'],
      lines: ['limits: { idle: 1s, drain: 200ms }', 'environment: { set: { HOME: / } }'],
    });
    const first = await client(service);
    const { localPort } = first;
    const ended = new Promise((resolve) => first.once('end', resolve));
    first.write('leave');
    first.resume();
    await ended;
    first.resetAndDestroy();
    await pause(100);
    const second = connect({ port: service.port, host: '127.0.0.1', localPort });
    second.on('error', () => undefined).write('stay');
    const idle = await endOf(service, 2);
    expect(idle).toMatchObject({ cause: 'idle' });
    expect(await endOf(service, 1)).toMatchObject({ status: 0, cause: 'exit' });
    const starts = service.launch.events.filter(({ event }) => event === 'start');
    expect(starts.map(({ port }) => port)).toEqual([localPort, localPort]);
  });

  test('many that fall silent at once all end, and each is a penalty of its source', async () => {
    await using service = await serveProbes(folder, program, {
      run: '/bin/cat',
      lines: [
        'limits: { sessions: 150, idle: 2s, grace: 0, drain: 200ms, penalties: { idle: 20s, first-byte: 20s } }',
      ],
    });
    const clients = await Promise.all(Array.from({ length: 150 }, () => client(service)));
    for (const one of clients) one.write('x');
    const ends = (): readonly RunEvent[] => service.launch.events.filter(({ event }) => event === 'end');
    await expect.poll(() => ends().length, { timeout: 20_000 }).toBe(150);
    expect(new Set(ends().map(({ cause }) => cause))).toEqual(new Set(['idle']));
    const penalty = service.launch.events.find(({ event }) => event === 'penalty');
    expect(penalty).toMatchObject({ source: '127.0.0.1/32', cause: 'idle' });
    await client(service);
    await service.launch.waitFor(({ event, reason }) => event === 'refused' && reason === 'penalty');
  });
});
