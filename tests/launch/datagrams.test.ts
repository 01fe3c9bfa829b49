import { execFile, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Launch, launchReady } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();
const GROUP = freeUser();
const folder = new TestFolder();
const program = join(folder.path, 'service');
execFileSync('gcc', ['-static', '-o', program, join(import.meta.dirname, 'datagram-service.c')]);

interface Service {
  readonly listen: string;
  readonly argument?: string;
  readonly lines?: readonly string[];
  /** The rules by which the service answers. */
  readonly answering?: readonly string[];
}

function policy({ listen, argument, lines = [], answering = ['recvfrom', 'sendto'] }: Service): string {
  const text = [
    'portcullis: 1',
    'service: local',
    `listen: ${listen}`,
    'handoff: listener',
    `run: ${JSON.stringify([program, ...(argument === undefined ? [] : [argument])])}`,
    `user: ${USER}`,
    `group: ${USER}`,
    ...lines,
    'accept: { seccomp: it answers datagrams }',
    `seccomp: { rules: ["@start", "@stdio", "fcntl(cmd == F_GETFL)", getpid, connect, shutdown, ${answering.join(', ')}] }`,
  ];
  return folder.write('local.yaml', `${text.join('\n')}\n`);
}

/** The answer to a datagram from an address of the loopback; `undefined`: none came. */
function ask(
  port: number,
  text: string,
  from = '127.0.0.1',
  to = '127.0.0.1',
  patience = 1500,
): Promise<string | undefined> {
  const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    const finish = (answer?: string): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(finish, patience);
    socket.on('message', (message) => finish(message.toString()));
    socket.bind(0, from, () => socket.send(text, port, to));
  });
}

describe('datagrams with handoff: listener', () => {
  test('one process answers every peer of both families; the next starts with the next datagram', async () => {
    const port = await freePort();
    await using running = await launchReady([
      policy({ listen: `udp://:${port}`, lines: ['listen-fds: true'] }),
    ]);
    const [first, ...rest] = (await ask(port, 'hello'))?.trim().split(' ') ?? [];
    expect(rest).toEqual(['hello', '1']);
    expect(await ask(port, 'again', '::1', '::1')).toBe(`${first} again 1\n`);
    expect(await ask(port, 'leave')).toBe(`${first} leave 1\n`);
    await running.waitFor(({ event }) => event === 'end');
    expect(await ask(port, 'hello')).not.toContain(`${first} `);
  });

  test('a service that connects the socket to one peer harms nobody who comes later', async () => {
    const port = await freePort();
    await using running = await launchReady([policy({ listen: `udp://127.0.0.1:${port}` })]);
    expect(await ask(port, 'connect')).toContain('connect');
    await running.waitFor(({ event }) => event === 'end');
    expect(await ask(port, 'hello', '127.0.0.2')).toContain('hello');
    expect(running.events.filter(({ event }) => event === 'listener-lost')).toEqual([]);
  });

  test('a service that shuts the socket down ends the gate, which cannot receive any more', async () => {
    const port = await freePort();
    await using running = await launchReady([policy({ listen: `udp://127.0.0.1:${port}` })]);
    expect(await ask(port, 'shut')).toContain('shut');
    const lost = await running.waitFor(({ event }) => event === 'listener-lost');
    expect(lost).toMatchObject({ errno_name: 'ESHUTDOWN' });
    expect((await running.exited).code).not.toBe(0);
  });

  test('a service that reads nothing is started ever more rarely', async () => {
    const port = await freePort();
    await using running = await launchReady([policy({ listen: `udp4://:${port}`, argument: 'ends' })]);
    expect(await ask(port, 'hello')).toBeUndefined();
    const pauses = running.events.filter(({ event }) => event === 'start-delayed');
    expect(pauses.slice(0, 3)).toMatchObject([{ pause_ms: 100 }, { pause_ms: 200 }, { pause_ms: 400 }]);
    expect(running.events.filter(({ event }) => event === 'start').length).toBeLessThan(6);
  });

  test('a call that is denied again and again is explained each time, whatever its length is', async () => {
    const port = await freePort();
    const listen = `udp4://127.0.0.1:${port}`;
    await using running = await launchReady([policy({ listen, answering: ['recvfrom'] })]);
    const count = 8;
    for (let length = 1; length <= count; length += 1) {
      expect(await ask(port, 'x'.repeat(length), '127.0.0.1', '127.0.0.1', 20)).toBeUndefined();
      await running.waitFor(({ event, session }) => event === 'end' && session === length);
    }
    const denied = running.events.filter(({ event }) => event === 'denied');
    expect(denied).toHaveLength(count);
    for (const event of denied)
      expect(event).toMatchObject({ call_name: 'sendto', allow: [expect.any(String)], keys: {} });
  });

  test('datagrams of refused peers start nothing', async () => {
    const port = await freePort();
    const lines = ['allow: [127.0.0.1]'];
    await using running = await launchReady([policy({ listen: `udp4://:${port}`, lines })]);
    expect(await ask(port, 'hello', '127.0.0.2')).toBeUndefined();
    expect(running.events.filter(({ event }) => event === 'start')).toEqual([]);
    expect(await ask(port, 'hello')).toContain('hello');
  });

  test('an executable of its own with a UNIX socket', async () => {
    const path = join(folder.path, 'socket');
    const listen = `{ address: "unix-dgram:${path}", owner: ${USER}, group: ${GROUP}, mode: "0620" }`;
    const executable = join(folder.path, 'local');
    const { code, stderr } = await portcullis(['build', policy({ listen }), '-o', executable]);
    expect([code, stderr]).toEqual([0, stderr]);
    await using running = new Launch(spawn(executable, [], { stdio: ['ignore', 'pipe', 'pipe'] }));
    await running.waitFor(({ event }) => event === 'ready');
    const { uid, gid, mode } = lstatSync(path);
    expect([uid, gid, mode & 0o777]).toEqual([USER, GROUP, 0o620]);
    const client = join(folder.path, 'client');
    expect(await askUnix(path, client)).toContain('hello');
  });

  test('an abstract name receives; what has a name is out of reach of the answer, since Landlock scopes them', async () => {
    const name = `portcullis-datagrams-${process.pid}`;
    const file = policy({ listen: `"unix-dgram:@${name}"` });
    await using running = await launchReady([file]);
    expect(await askUnix(`\\0${name}`, `\\0${name}.client`)).toBe('silence');
    expect(await running.waitFor(({ event }) => event === 'log')).toMatchObject({
      text: 'sendto: Operation not permitted',
    });
    expect(await askUnix(`\\0${name}`, join(folder.path, 'named'))).toContain('hello');
  });
});

/** The answer to a client that is bound to a name or a path, to which everybody may write. */
async function askUnix(to: string, from: string): Promise<string> {
  const client = `
import os, socket
os.umask(0)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('${from}')
s.settimeout(1)
s.sendto(b'hello', '${to}')
try: print(s.recv(600).decode(), end='')
except TimeoutError: print('silence', end='')
`;
  return (await promisify(execFile)('python3', ['-c', client])).stdout;
}
