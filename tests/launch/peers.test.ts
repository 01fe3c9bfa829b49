import { execFileSync, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Installed } from '../support/installed.ts';
import { Launch, type LaunchOptions, launchReady } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();
const folder = new TestFolder();
const program = join(folder.path, 'service');
execFileSync('gcc', ['-static', '-D_GNU_SOURCE', '-o', program, join(import.meta.dirname, 'peer-service.c')]);

interface Service {
  readonly port: number;
  readonly run?: readonly string[];
  readonly user?: number;
  readonly lines?: readonly string[];
  readonly rules?: string;
  readonly handoff?: 'listener' | 'peer';
}

function policy({
  port,
  run = [program],
  user = USER,
  lines = [],
  rules = '',
  handoff = 'peer',
}: Service): string {
  const text = [
    'portcullis: 1',
    `service: peers-${port}`,
    `listen: "${handoff === 'listener' ? 'udp4' : 'udp'}://:${port}"`,
    `handoff: ${handoff}`,
    `run: ${JSON.stringify(run)}`,
    `user: ${user}`,
    `group: ${user}`,
    ...lines,
    `seccomp: { ${rules === '' ? 'rules: ["@start", "@stdio", getpid, nanosleep, clock_nanosleep]' : rules} }`,
  ];
  return folder.write(`peers-${port}.yaml`, `${text.join('\n')}\n`);
}

/** A peer on the loopback: what it says is longer than the answers that it asks for. */
class Peer {
  readonly socket: Socket;
  readonly #port: number;
  readonly #heard: string[] = [];
  #wake: () => void = () => undefined;

  private constructor(socket: Socket, port: number) {
    this.socket = socket;
    this.#port = port;
    socket.on('message', (message) => {
      this.#heard.push(message.toString());
      this.#wake();
    });
  }

  static async open(port: number, from = '127.0.0.1'): Promise<Peer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, from, resolve));
    return new Peer(socket, port);
  }

  say(text: string, padding = 400): void {
    this.socket.send(text + ' '.repeat(padding), this.#port, '127.0.0.1');
  }

  /** The next answer; `undefined`: none came. */
  async hear(ms = 5000): Promise<string | undefined> {
    if (this.#heard.length === 0)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    return this.#heard.shift();
  }

  async ask(text: string, ms?: number): Promise<string | undefined> {
    this.say(text);
    return await this.hear(ms);
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

/** The session of a peer: the number of its process is the first word of each answer. */
async function sessionOf(peer: Peer): Promise<string | undefined> {
  return (await peer.ask('word'))?.split(' ')[0];
}

const startsOf = ({ events }: Launch): number => events.filter(({ event }) => event === 'start').length;

async function built(file: string): Promise<Launch> {
  const executable = join(folder.path, 'peers');
  const { code, stderr } = await portcullis(['build', file, '-o', executable]);
  expect([code, stderr]).toEqual([0, stderr]);
  const running = new Launch(spawn(executable, [], { stdio: ['ignore', 'pipe', 'pipe'] }));
  await running.waitFor(({ event }) => event === 'ready');
  return running;
}

const RUNS: readonly (readonly [
  how: string,
  start: (file: string) => Promise<Launch>,
  user: number | undefined,
])[] = [
  ['run', (file) => launchReady([file]), undefined],
  [
    'run where page 0 cannot be mapped',
    (file) =>
      launchReady([file], { prefix: ['setpriv', '--bounding-set=-sys_rawio', '--inh-caps=-sys_rawio'] }),
    undefined,
  ],
  ['run without root', (file) => launchReady([file], { args: ['--unprivileged'], uid: 12_345 }), 12_345],
  ['an executable of its own', built, undefined],
];

describe.each(RUNS)('peers of %s', (_, start, user) => {
  test('each has a session of its own, whose last words are heard before its end is told', async () => {
    const port = await freePort();
    const file = policy({
      port,
      ...(user === undefined ? {} : { user }),
      lines: ['limits: { sessions: 8 }'],
    });
    await using running = await start(file);
    using one = await Peer.open(port);
    using two = await Peer.open(port);
    const [first, second] = [await sessionOf(one), await sessionOf(two)];
    expect(first).toMatch(/^\d+$/);
    expect(second).not.toBe(first);
    expect(await sessionOf(one)).toBe(first);
    const { port: from } = two.socket.address();
    const said = await two.ask('who');
    expect(said).toBe(`${second} UDP 127.0.0.1 ${from} 127.0.0.1 ${port}`);
    expect(await running.waitFor((event) => event.event === 'start' && event['port'] === from)).toMatchObject(
      { peer: '127.0.0.1', local: '127.0.0.1', local_port: port },
    );
    two.say('last 3');
    expect([await two.hear(), await two.hear(), await two.hear()]).toEqual(['0', '1', '2']);
    await running.waitFor(({ event }) => event === 'end');
    expect(await sessionOf(two)).not.toBe(second);
    expect(await sessionOf(one)).toBe(first);
  });
});

describe('a service of peers', () => {
  test('an empty datagram begins a session, which date answers as RFC 867 has it', async () => {
    const port = await freePort();
    const run = ['/bin/date', '--utc'];
    // 57 bytes for 28, the headers of both counted.
    const lines = ['amplification: 3', 'environment: { set: { LC_ALL: C } }'];
    await using running = await launchReady([
      policy({ port, run, lines, rules: 'rules: ["@start", "@stdio"]' }),
    ]);
    using peer = await Peer.open(port);
    peer.say('', 0);
    expect(await peer.hear()).toMatch(/\d\d:\d\d:\d\d UTC \d{4}\n$/);
    expect(await running.waitFor(({ event }) => event === 'end')).toMatchObject({ status: 0 });
  });

  test('a peer that is silent loses its session, and begins another', async () => {
    const port = await freePort();
    await using running = await launchReady([policy({ port, lines: ['limits: { idle: 2s }'] })]);
    using peer = await Peer.open(port);
    const first = await sessionOf(peer);
    expect([await peer.ask('slow 200'), await peer.hear()]).toEqual(['begun', 'slow']);
    expect(await sessionOf(peer)).toBe(first);
    expect(await running.waitFor(({ event }) => event === 'end')).toMatchObject({ cause: 'idle' });
    expect(await sessionOf(peer)).not.toBe(first);
  });

  test('strangers find the sessions full, and nobody who is served is pushed out', async () => {
    const port = await freePort();
    const limits = 'limits: { sessions: 3, per-source: 2, datagrams: 5/s }';
    await using running = await launchReady([policy({ port, lines: [limits] })]);
    using one = await Peer.open(port);
    using two = await Peer.open(port);
    using third = await Peer.open(port);
    using other = await Peer.open(port, '127.0.0.2');
    using last = await Peer.open(port, '127.0.0.3');
    const [first, second] = [await sessionOf(one), await sessionOf(two)];
    expect(await third.ask('word', 300)).toBeUndefined();
    expect(await sessionOf(other)).toBeDefined();
    expect(await last.ask('word', 300)).toBeUndefined();
    for (let count = 0; count < 30; count += 1) other.say('word');
    expect([await sessionOf(one), await sessionOf(two)]).toEqual([first, second]);
    one.say('', 0);
    expect(await sessionOf(one)).toBe(first);
    await running.stop();
    expect(startsOf(running)).toBe(3);
    expect(sumOf(refusalsOf(running, 'per-source'))).toBe(1);
    expect(sumOf(refusalsOf(running, 'sessions'))).toBe(1);
    expect(sumOf(refusalsOf(running, 'empty'))).toBe(1);
    expect(sumOf(refusalsOf(running, 'datagrams'))).toBeGreaterThan(15);
  });

  test('a session that reads nothing keeps nobody waiting: its queue fills, and the rest is dropped', async () => {
    const port = await freePort();
    const lines = ['limits: { datagrams: 100000/s, grace: 0, drain: 200ms }'];
    await using running = await launchReady([policy({ port, lines })]);
    using deaf = await Peer.open(port);
    using other = await Peer.open(port);
    deaf.say('slow 60000');
    const session = await sessionOf(other);
    for (let count = 0; count < 600; count += 1) {
      deaf.say('word');
      if (count % 100 === 0) expect(await sessionOf(other)).toBe(session);
    }
    await running.waitFor((event) => event.event === 'refused' && event['reason'] === 'queue-full');
    expect(await sessionOf(other)).toBe(session);
  });

  test('a drained service hears nobody any more, and its sessions answer what they were asked', async () => {
    const port = await freePort();
    const running = await launchReady([policy({ port, lines: ['limits: { drain: 30s }'] })]);
    using peer = await Peer.open(port);
    using stranger = await Peer.open(port);
    await sessionOf(peer);
    expect(await peer.ask('slow 1000')).toBe('begun');
    const begun = performance.now();
    const stopped = running.stop();
    await running.waitFor(({ event }) => event === 'draining');
    expect(await stranger.ask('word', 200)).toBeUndefined();
    expect(await peer.hear()).toBe('slow');
    expect(await peer.hear()).toBe('the end');
    expect(await stopped).toBe(0);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(startsOf(running)).toBe(1);
  });

  test('a denied call is told, and the next datagram of the peer begins another session', async () => {
    const port = await freePort();
    await using running = await launchReady([policy({ port })]);
    using peer = await Peer.open(port);
    const first = await sessionOf(peer);
    peer.say('socket');
    expect(await running.waitFor(({ event }) => event === 'denied')).toMatchObject({ session: 1 });
    await running.waitFor(({ event }) => event === 'end');
    expect(await sessionOf(peer)).not.toBe(first);
  });

  test('--explain: an answer of the policy to a session of a peer is explained', async () => {
    const port = await freePort();
    const rules = 'default: errno(EPERM), rules: ["@start", "@stdio"]';
    await using running = await launchReady([policy({ port, rules })], { args: ['--explain'] });
    using peer = await Peer.open(port);
    expect(await peer.ask('socket')).toBe('EPERM');
    const answered = await running.waitFor(
      ({ event, call_name: name }) => event === 'answered' && name === 'socket',
    );
    expect(answered).toMatchObject({ session: 1, cause: 'rule' });
  });
});

describe('a session of a peer, from the inside', () => {
  const RULES = '"@start", "@stdio", getpid, getsockopt, sendto, sendmsg';
  const rules = (more = ''): string => `default: errno(EPERM), rules: [${RULES}${more}]`;

  test('it has a pair of messages, no other socket, and nobody but its peer to send to', async () => {
    const port = await freePort();
    await using running = await launchReady([policy({ port, rules: rules() })]);
    using peer = await Peer.open(port);
    using victim = await Peer.open(port);
    const pair = '0 unix seqpacket, 1 unix seqpacket';
    expect(await peer.ask('inside')).toBe(`${pair}, socket EPERM, descriptor EPERM`);
    expect(await peer.ask(`to ${victim.socket.address().port}`)).toBe('for a victim');
    expect(await victim.hear(300)).toBeUndefined();
    await running.stop();
    expect(startsOf(running)).toBe(1);
  });

  test('with the socket itself it sends to whom it likes, with a rule it has others, and without the refusal it sends descriptors', async () => {
    const [port, open] = [await freePort(), await freePort()];
    const installed = new Installed(folder, 'receiving');
    const refusal = 'refuse_descriptors(pair[0]);';
    installed.changeGate([{ file: 'peering.c', from: `\t${refusal}`, to: `\tif (0)\n\t\t${refusal}` }]);
    const itself = policy({ port, rules: rules(), handoff: 'listener' });
    const files = [itself, policy({ port: open, rules: rules(', socket') })];
    await using _running = await launchReady(files, { program: join(installed.path, 'portcullis.js') });
    using victim = await Peer.open(port);
    using sender = await Peer.open(port);
    sender.say(`to ${victim.socket.address().port}`);
    expect(await victim.hear()).toBe('for a victim');
    using peer = await Peer.open(open);
    // The message that carries one is an answer as well.
    expect([await peer.ask('inside'), await peer.hear()]).toEqual([
      'd',
      expect.stringContaining('socket done, descriptor done'),
    ]);
  });
});

/**
 * A launch whose gate is answered errors by the kernel, each once; strace puts getpid, which the filter allows, in the place
 * of the call. The supervisor comes up through the gate's program too, without a log pipe.
 */
function faulty(file: string, faults: readonly string[]): Promise<Launch> {
  const installed = new Installed(folder, `faulty-${faults.length}`);
  const calls = faults.map((fault) => fault.split(':')[0] ?? '').join(',');
  const injected = faults.map((fault) => `-e inject=${fault}:syscall=getpid`).join(' ');
  installed.wrapGate(`[ -p /proc/self/fd/5 ] || exec "$gate"
exec strace -f -qq -o /dev/null -e trace=${calls} ${injected} "$gate"`);
  const options: LaunchOptions = { program: join(installed.path, 'portcullis.js') };
  return launchReady([file], options);
}

test('errors of the kernel cost one datagram each, and the gate goes on', async () => {
  const port = await freePort();
  const file = policy({ port });
  await using running = await faulty(file, [
    'sendmsg:error=ENOBUFS:when=2',
    'recvmsg:error=ECONNREFUSED:when=5',
    'socketpair:error=EMFILE:when=2',
    'sendto:error=EAGAIN:when=4',
  ]);
  using one = await Peer.open(port);
  using two = await Peer.open(port);
  const heard: (string | undefined)[] = [];
  for (let count = 0; count < 8; count += 1) {
    heard.push(await one.ask('word', 1500));
    if (count % 2 === 1) await two.ask('word', 1500);
  }
  expect(heard.filter((answer) => answer === undefined).length).toBeLessThan(5);
  expect(await sessionOf(one)).toBeDefined();
  expect(await sessionOf(two)).toBeDefined();
  await running.stop();
  expect(sumOf(refusalsOf(running, 'unsent'))).toBe(1);
  expect(sumOf(refusalsOf(running, 'sessions'))).toBeGreaterThan(0);
  expect(sumOf(refusalsOf(running, 'queue-full'))).toBe(1);
  const paused = running.events.filter(({ event }) => event === 'paused');
  expect(paused.map(({ errno_name: name }) => name).sort()).toEqual(['ECONNREFUSED', 'EMFILE']);
});
