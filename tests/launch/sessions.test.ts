import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { Installed } from '../support/installed.ts';
import { type ProbedService, serveProbes } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { freeUser } from '../support/users.ts';

const { folder, program } = suiteProbes();

/** A client that holds its session until it is destroyed; it has been served, or turned away. */
async function hold(port: number, from = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => undefined);
  socket.write('sibling\n');
  await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
  return socket;
}

function eventsOf(service: ProbedService, name: string): number {
  return service.launch.events.filter(({ event }) => event === name).length;
}

describe('a hostile session costs its own limits only', () => {
  let service: ProbedService;

  beforeAll(async () => {
    service = await serveProbes(folder, program, {
      default: 'allow',
      rules: ['getpid'],
      lines: [
        'limits: { sessions: 4, time: 2s, grace: 500ms, drain: 200ms }',
        'rlimits: { nproc: 40, as: 64MiB, cpu: 30s }',
      ],
    });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  test.each([
    ...['spin', 'fork-without-end', 'flood-log', 'process-stopped'].map((name) => [name, 'SIGKILL'] as const),
    ...['spoil-log', 'sibling'].map((name) => [name, 'SIGTERM'] as const),
  ])('%s: another is served meanwhile, and its time ends it by %s', async (request, signal) => {
    const before = eventsOf(service, 'end');
    const hostile = service.attempt(request);
    await expect.poll(() => eventsOf(service, 'start')).toBeGreaterThan(before);
    expect(await service.attempt('show-directory')).toBe('/');
    expect(await hostile).toMatch(new RegExp(`${signal}$`));
    // In which order the two ends are told is the scheduler's: the other's session may still be on its way out.
    await expect.poll(() => eventsOf(service, 'end')).toBe(before + 2);
    const ends = service.launch.events.filter(({ event }) => event === 'end').slice(before);
    expect(ends.find(({ cause }) => cause === 'time')).toMatchObject({
      signal_name: signal,
      ended_by: signal,
    });
    expect(ends.filter(({ cause }) => cause === 'exit')).toHaveLength(1);
    await expect.poll(() => processesOf(program)).toEqual([]);
    expect(await service.attempt('show-directory')).toBe('/');
  });

  test('flood-log: what it writes is its budget of a second, once for each that begins while it lives', async () => {
    const before = service.launch.events.length;
    const begin = performance.now();
    expect(await service.attempt('flood-log')).toContain('SIGKILL');
    const bytes = service.launch.events
      .slice(before)
      .filter(({ event }) => event === 'log')
      .reduce((sum, { text }) => sum + String(text).length + 1, 0);
    // At most: whole frames of 4096 bytes, and what the pipe holds at the end. Some of it may be left out instead.
    expect(bytes).toBeGreaterThan(4096);
    const seconds = (performance.now() - begin) / 1000;
    expect(bytes).toBeLessThan((seconds + 1) * 256 * 1024 + 33 * 4096);
  });

  test('exec-without-end: the gate that is asked each time serves others, and does not tell each time', async () => {
    const uid = 12_345;
    await using asked = await serveProbes(
      folder,
      program,
      { lines: [`user: ${uid}`, `group: ${uid}`, 'limits: { time: 2s, grace: 0, drain: 200ms }'] },
      { args: ['--unprivileged'], uid },
    );
    const hostile = asked.attempt('exec-without-end');
    await asked.launch.waitFor(({ event }) => event === 'exec-refused');
    expect(await asked.attempt('show-directory')).toBe('/');
    expect(await hostile).toBe('trying, then SIGKILL');
    expect(eventsOf(asked, 'exec-refused')).toBeLessThan(40);
    await asked.launch.waitFor(({ event }) => event === 'dropped');
    // The one that tries all the time hides no other's first try.
    const both = ['exec-without-end', 'exec-without-end'].map((request) => asked.attempt(request));
    await Promise.all(both);
    const told = asked.launch.events.filter(({ event }) => event === 'exec-refused');
    expect(new Set(told.map(({ session }) => session))).toEqual(new Set([1, 3, 4]));
  });

  test('eat-memory: the limit of the address space is where it ends', async () => {
    const answer = await service.attempt('eat-memory');
    expect(Number(answer.replace(' MiB', ''))).toBeLessThan(64);
    expect(await service.attempt('show-directory')).toBe('/');
  });

  test('spin: the limit of CPU time ends it, long before its time is up', async () => {
    await using slow = await serveProbes(folder, program, {
      lines: ['limits: { time: 60s, drain: 200ms }', 'rlimits: { cpu: 1s }'],
    });
    expect(await slow.attempt('spin')).toBe('spinning, then SIGKILL');
    expect(slow.launch.events.find(({ event }) => event === 'end')).toMatchObject({ cause: 'exit' });
  });

  test('clients that say nothing or reset', async () => {
    const silent = await dial(service.port);
    const reset = await dial(service.port);
    reset.resetAndDestroy();
    expect(await service.attempt('show-directory')).toBe('/');
    await new Promise((resolve) => silent.once('close', resolve));
    await expect.poll(() => eventsOf(service, 'end')).toBe(eventsOf(service, 'start'));
  });
});

describe('SO_LINGER on the handed socket', () => {
  test('a gate that is late to close never closes last, so it never waits for a client that reads nothing', async () => {
    const installed = new Installed(folder);
    const late = 'close:delay_enter=20000';
    installed.wrapGate(`[ -p /proc/self/fd/5 ] || exec "$gate"
exec strace -f -qq -o /dev/null -e trace=close -e inject=${late} "$gate"`);
    await using service = await serveProbes(
      folder,
      program,
      { default: 'allow', lines: ['limits: { drain: 200ms }'] },
      { program: join(installed.path, 'portcullis.js') },
    );
    const client = await dial(service.port);
    client.pause();
    client.write('linger 60\n');
    await expect.poll(() => eventsOf(service, 'end')).toBe(1);
    expect(await service.attempt('show-directory')).toBe('/');
    client.destroy();
  });
});

describe('limits.sessions', () => {
  test('who comes when it is reached waits, and is served when a session ends', async () => {
    await using service = await serveProbes(folder, program, {
      lines: ['limits: { sessions: 2, drain: 200ms }'],
    });
    const clients = [await hold(service.port), await hold(service.port)];
    await expect.poll(() => eventsOf(service, 'start')).toBe(2);
    const third = service.attempt('show-directory');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(eventsOf(service, 'start')).toBe(2);
    clients[0]?.destroy();
    expect(await third).toBe('/');
    expect(eventsOf(service, 'refused')).toBe(0);
    clients[1]?.destroy();
  });
});

describe('limits.per-source', () => {
  test('one address may not take every session; another one is served', async () => {
    await using service = await serveProbes(folder, program, {
      lines: ['limits: { sessions: 8, per-source: 2, drain: 200ms }'],
    });
    const clients = [await hold(service.port), await hold(service.port)];
    await expect.poll(() => eventsOf(service, 'start')).toBe(2);
    const refused = await hold(service.port);
    const event = await service.launch.waitFor(({ event: name }) => name === 'refused');
    expect(event).toMatchObject({ reason: 'per-source', peer: '127.0.0.1' });
    const other = await hold(service.port, '127.0.0.2');
    await service.launch.waitFor(({ event: name, peer }) => name === 'start' && peer === '127.0.0.2');
    clients[0]?.destroy();
    await expect.poll(() => eventsOf(service, 'end')).toBe(1);
    expect(await service.attempt('show-directory')).toBe('/');
    for (const client of [...clients, refused, other]) client.destroy();
  });
});

/** Addresses of a network of its own, in which the service and its clients are. */
const ADDRESSES = [
  ...['2001:db8::1', '2001:db8::ffff:0:0:2', '2001:db8::8000:0:0:3', '2001:db8:0:1::1'],
  ...['192.0.2.1', '192.0.2.2'],
];

describe('limits.per-source of other networks', () => {
  test('the addresses of an IPv6 /64 are one source, those of IPv4 are one each in a dual-stack socket too', async () => {
    const enter = [
      'ip link set lo up',
      ...ADDRESSES.map((address) => `ip address add ${address} dev lo`),
      'exec "$@"',
    ];
    await using service = await serveProbes(
      folder,
      program,
      { host: '[::]', lines: ['limits: { sessions: 20, per-source: 2, drain: 200ms }'] },
      { prefix: ['unshare', '--net', 'sh', '-ec', enter.join('\n'), 'sh'] },
    );
    const clients: ChildProcess[] = [];
    const visit = async (from: string, to: string): Promise<string> => {
      const inside = ['--net', `--target=${service.launch.process.pid}`, program];
      const client = spawn('nsenter', [...inside, 'visit', from, to, `${service.port}`]);
      clients.push(client);
      return String(await new Promise((resolve) => client.stdout.once('data', resolve))).trim();
    };
    const [one = '', two = '', three = '', other = ''] = ADDRESSES;
    const [mapped, mappedOther] = ['::ffff:192.0.2.1', '::ffff:192.0.2.2'];
    expect([await visit(one, one), await visit(two, one)]).toEqual(['served', 'served']);
    expect(await visit(three, one)).toBe('turned away');
    expect(await visit(other, one)).toBe('served');
    expect([await visit(mapped, mapped), await visit(mapped, mapped)]).toEqual(['served', 'served']);
    expect(await visit(mapped, mapped)).toBe('turned away');
    expect(await visit(mappedOther, mapped)).toBe('served');
    const refused = (): readonly unknown[] =>
      service.launch.events.filter(({ event }) => event === 'refused').map(({ peer }) => peer);
    await expect.poll(refused).toEqual([three, '192.0.2.1']);
    for (const client of clients) client.stdin?.end();
  });
});

describe('SIGTERM', () => {
  test('lets a session finish and takes no new one', async () => {
    const service = await serveProbes(folder, program, { lines: ['limits: { drain: 20s }'] });
    const client = await hold(service.port);
    await service.launch.waitFor(({ event }) => event === 'start');
    service.launch.process.kill('SIGTERM');
    expect(await service.launch.waitFor(({ event }) => event === 'draining')).toMatchObject({ sessions: 1 });
    await expect(dial(service.port)).rejects.toThrow('ECONNREFUSED');
    expect(processesOf(program)).toHaveLength(1);
    client.end();
    expect((await service.launch.exited).code).toBe(0);
    expect(service.launch.events.find(({ event }) => event === 'end')).toMatchObject({
      status: 0,
      cause: 'exit',
    });
  });

  test('ends what is left after limits.drain', async () => {
    const service = await serveProbes(folder, program, { lines: ['limits: { drain: 300ms }'] });
    const client = await hold(service.port);
    await service.launch.waitFor(({ event }) => event === 'start');
    service.launch.process.kill('SIGINT');
    expect((await service.launch.exited).code).toBe(0);
    expect(service.launch.events.find(({ event }) => event === 'end')).toMatchObject({
      signal: 15,
      cause: 'stop',
      ended_by: 'SIGTERM',
    });
    client.destroy();
  });

  test('ends a session that has become another user, whom the gate cannot signal', async () => {
    const service = await serveProbes(folder, program, {
      default: 'allow',
      rules: ['getpid'],
      lines: ['capabilities: [CAP_SETUID]', 'limits: { drain: 200ms }'],
    });
    const client = await dial(service.port);
    client.write(`leave-reach ${freeUser()}\n`);
    const answer = await new Promise((resolve) => client.once('data', resolve));
    expect(String(answer)).toBe('leave-reach: done\n');
    service.launch.process.kill('SIGTERM');
    expect((await service.launch.exited).code).toBe(0);
    expect(service.launch.events.map(({ event }) => event)).not.toContain('end');
    await expect.poll(() => processesOf(program)).toEqual([]);
    client.destroy();
  });

  test('a second one ends everything at once', async () => {
    const service = await serveProbes(folder, program, { lines: ['limits: { drain: 60s }'] });
    const client = await hold(service.port);
    await service.launch.waitFor(({ event }) => event === 'start');
    service.launch.process.kill('SIGTERM');
    await service.launch.waitFor(({ event }) => event === 'draining');
    service.launch.process.kill('SIGTERM');
    expect((await service.launch.exited).code).toBe(0);
    await expect.poll(() => processesOf(program)).toEqual([]);
    client.destroy();
  });
});
