import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { Launch, launch, launchReady } from '../support/launch.ts';
import { passing, type Starter, tcpSocket, udpSocket } from '../support/pass-sockets.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { TestFolder } from '../support/test-folder.ts';
import { socat, variablesIn } from '../support/unix-client.ts';
import { freeUser } from '../support/users.ts';

const UID = freeUser();
const folder = new TestFolder();
const datagrams = join(folder.path, 'datagrams');
execFileSync('gcc', ['-static', '-o', datagrams, join(import.meta.dirname, 'datagram-service.c')]);

interface Service {
  readonly service?: string;
  readonly listen: readonly object[];
  readonly run?: string;
  readonly uid?: number;
  readonly lines?: readonly string[];
  readonly rules?: readonly string[];
}

function policy({ service = 'passed', listen, run = '/usr/bin/env', uid = UID, ...rest }: Service): string {
  const text = [
    'portcullis: 1',
    `service: ${service}`,
    `listen: ${JSON.stringify(listen)}`,
    `run: [${run}]`,
    `user: ${uid}`,
    `group: ${uid}`,
    ...(rest.lines ?? []),
    `seccomp: { rules: ${JSON.stringify(rest.rules ?? ['@start', '@stdio'])} }`,
  ];
  return folder.write(`${service}.yaml`, `${text.join('\n')}\n`);
}

async function build(file: string, ...args: readonly string[]): Promise<string> {
  const executable = file.replace(/\.yaml$/, '');
  const { code, stderr } = await portcullis(['build', ...args, file, '-o', executable]);
  if (code !== 0) throw new Error(stderr);
  return executable;
}

const EXECUTABLES = new Map<string, Promise<string>>();

/** The executable of a policy, which several tests start. */
function built(file: string): Promise<string> {
  const known = EXECUTABLES.get(file) ?? build(file);
  EXECUTABLES.set(file, known);
  return known;
}

function start(command: readonly string[]): Launch {
  const [first = '', ...rest] = command;
  return new Launch(spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Four kinds of sockets, the names in another order than the policy has them. */
function mixed(): {
  readonly starter: Starter;
  readonly listen: readonly object[];
  readonly ask: () => Promise<unknown>;
} {
  const [port, packets] = [freePort(), join(folder.path, `packets-${freePort()}`)];
  const [four, six] = [freePort(), freePort()];
  const starter = {
    sockets: [
      { family: 'UNIX', type: 'SEQPACKET', address: packets },
      tcpSocket('::1', six, 1),
      tcpSocket('::', port),
      tcpSocket('127.0.0.1', four),
    ],
    names: 'packets:six:both:four',
  } as const;
  const listen = [
    { address: `tcp://127.0.0.1:${four}`, inherit: 'four' },
    { address: `tcp://:${port}`, inherit: 'both' },
    { address: `tcp6://[::1]:${six}`, inherit: 'six' },
    { address: `unix-seqpacket:${packets}`, inherit: 'packets' },
  ];
  const ask = async (): Promise<unknown> => [
    variablesIn(await exchange(four, '')),
    variablesIn(await exchange(port, '')),
    variablesIn(await exchange(port, '', '::1')),
    variablesIn(await exchange(six, '', '::1')),
    variablesIn((await socat(`UNIX-CONNECT:${packets},type=5`)).stdout),
  ];
  return { starter, listen, ask };
}

const tcpPeer = (peer: string): object => ({ PROTO: 'TCP', TCPREMOTEIP: peer });
const ANSWERS = [
  tcpPeer('127.0.0.1'),
  tcpPeer('127.0.0.1'),
  tcpPeer('::1'),
  tcpPeer('::1'),
  { PROTO: 'IPC', IPCCONNNUM: '1' },
];

describe('sockets that are passed', () => {
  test.each([
    ['run', {}, []],
    ['run where page 0 cannot be mapped', {}, ['setpriv', '--bounding-set=-sys_rawio']],
    ['run without root', { uid: UID }, []],
  ] as const)('are served by %s, each by its name', async (_, who, prefix) => {
    const { starter, listen, ask } = mixed();
    const args = 'uid' in who ? ['--unprivileged'] : [];
    const file = policy({ listen });
    const options = { args, prefix: [...passing({ ...starter, ...who }), ...prefix] };
    await using _running = await launchReady([file], options);
    const answers = await ask();
    expect(answers).toMatchObject(ANSWERS);
    expect(JSON.stringify(answers)).not.toContain('LISTEN_');
  });

  test.each([
    ['root', {}, []],
    ['an ordinary user', { uid: UID }, ['--unprivileged']],
  ] as const)('are served by an executable of its own that %s starts', async (_, who, args) => {
    const { starter, listen, ask } = mixed();
    const executable = await build(policy({ listen }), ...args);
    await using running = start([...passing({ ...starter, ...who }), executable]);
    await running.waitFor(({ event }) => event === 'ready');
    const answers = await ask();
    expect(answers).toMatchObject(ANSWERS);
    expect(JSON.stringify(answers)).not.toContain('LISTEN_');
  });

  test('of one launch go to two services', async () => {
    const [one, two] = [freePort(), freePort()];
    const files = [
      policy({ service: 'one', listen: [{ address: `tcp://127.0.0.1:${one}`, inherit: 'one' }] }),
      policy({
        service: 'two',
        listen: [{ address: `tcp://127.0.0.1:${two}`, inherit: 'two' }],
        uid: freeUser(),
        run: '/bin/cat',
      }),
    ];
    const prefix = passing({
      sockets: [tcpSocket('127.0.0.1', two), tcpSocket('127.0.0.1', one)],
      names: 'two:one',
    });
    await using _running = await launchReady(files, { prefix });
    expect(await exchange(one, '')).toContain('TCPREMOTEIP=127.0.0.1');
    expect(await exchange(two, 'mine')).toBe('mine');
  });

  test('of datagrams are handed over, and as LISTEN_FDS with their name', async () => {
    const port = freePort();
    const prefix = passing({ sockets: [udpSocket('::', port)], names: 'questions' });
    const file = policy({
      listen: [{ address: `udp://:${port}`, inherit: 'questions' }],
      run: datagrams,
      lines: ['handoff: listener', 'listen-fds: true', 'accept: { seccomp: it answers datagrams }'],
      rules: ['@start', '@stdio', 'getpid', 'recvfrom', 'sendto'],
    });
    await using _running = await launchReady([file], { prefix });
    const client = createSocket('udp4');
    const answer = new Promise((resolve) => client.once('message', resolve));
    client.send('hello', port, '127.0.0.1');
    expect(String(await answer)).toMatch(/^\d+ hello 1\n$/);
    client.close();
  });

  test.each([['run'], ['an executable of its own']])(
    'of datagrams are passed on by %s, a session a peer',
    async (how) => {
      const port = freePort();
      const prefix = passing({ sockets: [udpSocket('::', port)], names: 'echo' });
      const file = policy({
        service: 'peers',
        listen: [{ address: `udp://:${port}`, inherit: 'echo' }],
        run: '/usr/bin/readlink, /proc/self/fd/2',
        lines: ['handoff: peer', 'stderr: "null"', 'allow: [127.0.0.1]'],
        rules: ['@start', '@stdio', '@read-files'],
      });
      await using running =
        how === 'run' ? await launchReady([file], { prefix }) : start([...prefix, await build(file)]);
      await running.waitFor(({ event }) => event === 'ready');
      const client = createSocket('udp4');
      const answer = new Promise((resolve) => client.once('message', resolve));
      client.send('where is it', port, '127.0.0.1');
      expect(String(await answer)).toBe('/dev/null\n');
      client.close();
    },
  );

  test('come from systemd-socket-activate, with the client that woke it', async () => {
    const [port, other] = [freePort(), freePort()];
    const file = policy({
      listen: [{ address: `tcp://127.0.0.1:${port}`, inherit: 'echo' }],
      run: '/bin/cat',
    });
    const built = await build(
      policy({
        service: 'built',
        listen: [{ address: `tcp://127.0.0.1:${other}`, inherit: 'echo' }],
        run: '/bin/cat',
      }),
    );
    const activate = (at: number): readonly string[] => [
      ...['systemd-socket-activate', '-l', `127.0.0.1:${at}`, '--fdname=echo'],
    ];
    await using running = launch([file], { prefix: activate(port) });
    await using executable = start([...activate(other), built]);
    await expect.poll(() => running.stderr + executable.stderr).toMatch(/Listening.*Listening/s);
    expect(await exchange(port, 'woken')).toBe('woken');
    expect(await exchange(other, 'woken too')).toBe('woken too');
  });
});

/** Holds back the start until clients have connected: one that a list allows, and one that it refuses. */
async function clientsBefore(lines: readonly string[]): Promise<{
  readonly answers: readonly string[];
  readonly refused: number;
  readonly later: string;
}> {
  const port = freePort();
  const until = join(folder.path, `go-${port}`);
  const file = policy({ listen: [{ address: `tcp://:${port}`, inherit: 'echo' }], run: '/bin/cat', lines });
  const prefix = passing({ sockets: [tcpSocket('::', port)], names: 'echo', until });
  await using running = launch([file], { prefix });
  const clients = await Promise.all(['127.0.0.2', '127.0.0.1'].map((from) => early(port, from)));
  writeFileSync(until, '');
  const answers = await Promise.all(clients.map((client) => client.said('hello')));
  await running.waitFor(({ event }) => event === 'end');
  if (lines.length > 0) await running.waitFor(({ event }) => event === 'refused');
  return { answers, refused: sumOf(refusalsOf(running, 'access-list')), later: await knock(port) };
}

/** A client that connects as soon as somebody listens, and speaks when it is asked to. */
async function early(
  port: number,
  localAddress: string,
): Promise<{ said: (text: string) => Promise<string> }> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (!isThere) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    const said = async (text: string): Promise<string> => {
      let answer = '';
      socket.setEncoding('utf8').on('data', (more: string) => {
        answer += more;
      });
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end(text);
      await closed;
      return answer;
    };
    return { said };
  }
}

/** The answer to a client that connects while the service runs, after a moment `silence`. */
async function knock(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1' });
  const answer = await new Promise<string>((resolve) => {
    socket.once('connect', () => resolve('connected')).once('error', () => resolve('refused'));
    setTimeout(() => resolve('silence'), 500);
  });
  socket.destroy();
  return answer;
}

describe('clients that connected before the start', () => {
  test('are all served without a list', async () => {
    expect(await clientsBefore([])).toEqual({ answers: ['hello', 'hello'], refused: 0, later: 'connected' });
  });

  test('are judged by the gate where there is one; later ones are by the kernel', async () => {
    const found = await clientsBefore(['allow: [127.0.0.2/32]']);
    expect(found).toEqual({ answers: ['hello', ''], refused: 1, later: 'silence' });
  });
});

test('a client that comes between two starts waits for the second', async () => {
  const port = freePort();
  const again = join(folder.path, `again-${port}`);
  const file = policy({
    service: 'kept',
    listen: [{ address: `tcp://127.0.0.1:${port}`, inherit: 'echo' }],
    run: '/bin/cat',
  });
  const prefix = passing({ sockets: [tcpSocket('127.0.0.1', port)], names: 'echo', again });
  await using running = start([...prefix, await build(file)]);
  await running.waitFor(({ event }) => event === 'ready');
  expect(await exchange(port, 'before')).toBe('before');
  const [gate] = readFileSync(
    `/proc/${running.process.pid}/task/${running.process.pid}/children`,
    'utf8',
  ).split(' ');
  process.kill(Number(gate), 'SIGTERM');
  await running.waitFor(({ event }) => event === 'stopped');
  const between = exchange(port, 'between');
  writeFileSync(again, '');
  expect(await between).toBe('between');
  const starts = (): number => running.events.filter(({ event }) => event === 'ready').length;
  await expect.poll(starts).toBe(2);
});

describe('a socket that is not the one of the policy', () => {
  const port = freePort();
  const tcp = { address: `tcp://127.0.0.1:${port}`, inherit: 'x' };
  const both = { address: `tcp://:${port}`, inherit: 'x' };
  const path = join(folder.path, 'local');
  const local = { address: `unix:${path}`, inherit: 'x' };

  test.each<readonly [what: string, listen: object, socket: Starter['sockets'][number], step: RegExp]>([
    ['of another address', tcp, tcpSocket('127.0.0.2', port), /getsockname\(.*; it finds 127\.0\.0\.2:\d+/],
    [
      'of another type',
      tcp,
      udpSocket('127.0.0.1', port),
      /SO_TYPE.*; it finds 2, expected 1 \(SOCK_STREAM\)/,
    ],
    ['of IPv6 alone', both, tcpSocket('::', port, 1), /IPV6_V6ONLY.*; it finds 1, expected 0/],
    [
      'of another path',
      local,
      { family: 'UNIX', type: 'STREAM', address: `${path}-too` },
      /getsockname\(.*; it finds \/.*local-too/,
    ],
  ])('%s ends the launch with the step, what it finds, and the line', async (_, listen, socket, step) => {
    const file = policy({ listen: [listen] });
    const started = launch([file], { prefix: passing({ sockets: [socket], names: 'x' }) });
    expect((await started.exited).code).toBe(125);
    expect(started.stderr).toMatch(step);
    expect(started.stderr).toContain(`${file}:3`);
    expect(started.stderr).toContain('nothing was started');
  });

  const executable = (): Promise<string> => built(policy({ service: 'other', listen: [tcp] }));
  const [address, family] = ['getsockname answered 0, .*: found', 'getsockopt answered 0, .*: found'];

  test.each<readonly [what: string, socket: Starter['sockets'][number], found: string]>([
    ['of another address', tcpSocket('127.0.0.2', port), `${address} 127\\.0\\.0\\.2 port \\d+\n`],
    ['of another port', tcpSocket('127.0.0.1', port + 1), `${address} 127\\.0\\.0\\.1 port ${port + 1}\n`],
    ['of another family', tcpSocket('::1', port), `${family} 0xa, expected 0x2\n.*SO_DOMAIN, AF_INET`],
    ['of another type', udpSocket('127.0.0.1', port), `${family} 0x2, expected 0x1\n.*SO_TYPE, SOCK_STREAM`],
    [
      'of another protocol',
      { ...tcpSocket('127.0.0.1', port), protocol: 262 },
      `${family} 0x106, expected 0x6\n.*SO_PROTOCOL`,
    ],
    [
      'that does not listen',
      { ...tcpSocket('127.0.0.1', port), listen: false },
      `${family} 0x0, expected 0x1\n.*SO_ACCEPTCONN`,
    ],
    [
      'whose port is shared',
      { ...tcpSocket('127.0.0.1', port), options: [['SOL_SOCKET', 'SO_REUSEPORT', 1]] },
      `${family} 0x1, expected 0x0\n.*SO_REUSEPORT`,
    ],
  ])('%s ends an executable of its own, which says the same', async (_, socket, found) => {
    const started = start([...passing({ sockets: [socket], names: 'x' }), await executable()]);
    expect((await started.exited).code).toBe(125);
    expect(started.stderr).toMatch(new RegExp(`^other: not started: ${found}.*\n.*other\\.yaml:3`));
  });

  test.each([`${path}-3`, `@local-${port}`])('of another name, %s, does so too', async (name) => {
    const file = await built(policy({ service: 'local', listen: [local] }));
    const sockets = [{ family: 'UNIX', type: 'STREAM', address: name }] as const;
    const started = start([...passing({ sockets, names: 'x' }), file]);
    expect((await started.exited).code).toBe(125);
    expect(started.stderr).toContain(`: found ${name}\n`);
  });

  test('and hears one peer alone ends it too', async () => {
    const file = policy({
      listen: [{ address: `udp://127.0.0.1:${port}`, inherit: 'x' }],
      lines: ['handoff: listener'],
    });
    const socket = { ...udpSocket('127.0.0.1', port), connect: ['127.0.0.1', port] as const };
    const started = launch([file], { prefix: passing({ sockets: [socket], names: 'x' }) });
    expect((await started.exited).code).toBe(125);
    expect(started.stderr).toMatch(/getpeername\(.*answered 0/);
  });
});

describe('what is passed wrongly ends an executable of its own', () => {
  const [one, two] = [freePort(), freePort()];
  const sockets = [tcpSocket('127.0.0.1', one), tcpSocket('127.0.0.1', two)];
  const listen = [
    { address: `tcp://127.0.0.1:${one}`, inherit: 'one' },
    { address: `tcp://127.0.0.1:${two}`, inherit: 'two' },
  ];
  const right: Starter = { sockets, names: 'one:two' };

  test.each<readonly [what: string, starter: Starter, message: RegExp]>([
    ['no variables', { ...right, unset: ['LISTEN_PID', 'LISTEN_FDS'] }, /no socket is passed\n/],
    ['another process', { ...right, pid: 1 }, /the sockets are passed to another process\n/],
    ['no number', { ...right, unset: ['LISTEN_FDS'] }, /LISTEN_FDS is no number of sockets\n/],
    ['a number of 0', { ...right, count: 0 }, /LISTEN_FDS is no number of sockets\n/],
    ['too few names', { ...right, names: 'one' }, /LISTEN_FDNAMES has another number of names/],
    ['too many names', { ...right, names: 'one:two:three' }, /LISTEN_FDNAMES has another number of names/],
    ['empty names', { ...right, names: '' }, /LISTEN_FDNAMES has another number of names/],
    [
      'no names',
      { ...right, unset: ['LISTEN_FDNAMES'] },
      /no socket is passed as 'one' \(line 3 of the policy\)/,
    ],
    ['another name', { ...right, names: 'one:twö' }, /no socket is passed as 'two' \(line 3 of the policy\)/],
    ['the beginning of a name', { ...right, names: 'one:tw' }, /no socket is passed as 'two'/],
    ['more than a name', { ...right, names: 'one:two2' }, /no socket is passed as 'two'/],
    ['one name twice', { ...right, names: 'one:one' }, /two sockets are passed as 'one'/],
    [
      'one socket more',
      { sockets: [...sockets, tcpSocket('127.0.0.1', freePort())], names: 'one:two:three' },
      /no listener takes the socket 'three'\n/,
    ],
    [
      'a closed one',
      { ...right, closed: [1] },
      /a closed descriptor is passed as 'two' \(line 3 of the policy\)/,
    ],
  ])('%s', async (_, starter, message) => {
    const executable = await built(policy({ service: 'strict', listen }));
    const started = start([...passing(starter), executable]);
    expect((await started.exited).code).toBe(125);
    expect(started.stderr).toMatch(/^strict: not started: /);
    expect(started.stderr).toMatch(message);
    expect(started.stderr).toMatch(
      /\npassed were LISTEN_PID=.* LISTEN_FDS=.* LISTEN_FDNAMES=.*, and this is process \d+\n/,
    );
    expect(started.stderr).toContain('strict.yaml:3');
    expect(started.stderr).toContain('FileDescriptorName=');
  });
});

test('a descriptor that Node has opened is no socket that is passed', async () => {
  const port = freePort();
  const file = policy({ listen: [{ address: `tcp://127.0.0.1:${port}`, inherit: 'x' }] });
  const prefix = passing({ sockets: [tcpSocket('127.0.0.1', port)], names: 'x', closed: [0] });
  const started = launch([file], { prefix });
  expect((await started.exited).code).toBe(125);
  expect(started.stderr).toContain("descriptor 3, which is passed as 'x', is closed or no socket");
});

test('a socket that no policy takes ends a launch that inherits nothing', async () => {
  const port = freePort();
  const file = policy({ listen: [{ address: `tcp://127.0.0.1:${freePort()}` }] });
  const prefix = passing({ sockets: [tcpSocket('127.0.0.1', port)], names: 'x' });
  const started = launch([file], { prefix });
  expect((await started.exited).code).toBe(125);
  expect(started.stderr).toContain("the socket 'x' is passed, and no listener takes it");
  const other = await launchReady([file], { prefix: passing({ sockets: [], names: 'x', pid: 1 }) });
  expect(await other.stop()).toBe(0);
});

test('a service that may receive descriptors is not handed a UNIX socket to which clients have sent some', async () => {
  const listen = [{ address: `unix:@passed-${freePort()}`, inherit: 'x' }];
  const rules = ['@start', '@stdio', 'recvmsg'];
  const refused = await portcullis(['check', policy({ listen, rules })]);
  expect(refused.stdout + refused.stderr).toContain('[inherit-descriptors]');
  const accepted = await portcullis([
    'check',
    policy({ listen: listen.map((item) => ({ ...item, 'receive-descriptors': true })), rules }),
  ]);
  expect(accepted.code).toBe(0);
});
