import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inOwnNetwork } from '../access/support/peers.ts';
import {
  attemptBare,
  attemptServed,
  compileDatagramAttempts,
  sendDatagram,
} from '../support/datagram-attempts.ts';
import { finished } from '../support/finished.ts';
import { type Launch, launchReady } from '../support/launch.ts';
import { freePort } from '../support/ports.ts';
import { processTree } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();
const folder = new TestFolder();
afterAll(() => {
  folder[Symbol.dispose]();
});
const program = join(folder.path, 'attempts');
compileDatagramAttempts(program);

/** A filter that lets every call through: what is left are the other layers. */
const EVERY_CALL = ['  default: allow', '  rules: [getpid]'];

/** All that a service of datagrams may have without a word in its policy but that for its answers. */
const GROUPS = ['  rules: ["@service", "@datagram", "@fork", "@threads", "@change-user"]'];

const DEFAULT = ['  rules: ["@service"]'];

interface Service {
  readonly port: number;
  readonly seccomp: readonly string[];
  readonly lines?: readonly string[];
  readonly run?: string;
  readonly listen?: string;
}

function policy({ port, seccomp, lines = [], run = program, listen = `udp4://:${port}` }: Service): string {
  const head = ['portcullis: 1', 'service: answers', `listen: ${listen}`, 'handoff: listener'];
  const text = [
    ...head,
    `run: [${run}]`,
    `user: ${USER}`,
    `group: ${USER}`,
    ...lines,
    'seccomp:',
    ...seccomp,
  ];
  return folder.write(`${port}.yaml`, `${text.join('\n')}\n`);
}

function starts({ events }: Launch): number {
  return events.filter(({ event }) => event === 'start').length;
}

/** What a client hears that has connected its socket to the port: the error tells that nobody has a socket for it. */
async function heard(port: number, from: string): Promise<string> {
  const client = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('${from}', 0))
s.connect(('127.0.0.1', ${port}))
s.settimeout(0.3)
s.send(b'nothing')
try: s.recv(1)
except ConnectionRefusedError: print('refused', end='')
except TimeoutError: print('taken', end='')
`;
  const { stdout } = await finished(spawn('python3', ['-c', client], { stdio: ['ignore', 'pipe', 'pipe'] }));
  return stdout;
}

describe('code of an attacker that holds a socket of datagrams', () => {
  test('replaces the filter of a socket, and not the access list, which is locked', async () => {
    expect(await attemptBare(program, 'replace 1')).toBe('done');
    const port = freePort();
    const lines = ['allow: [127.0.0.1]'];
    await using running = await launchReady([policy({ port, seccomp: EVERY_CALL, lines })]);
    for (const request of ['replace 1', 'attach 1', 'detach 1'])
      expect(await attemptServed(running, port, request), request).toBe('EPERM');
    const before = starts(running);
    await sendDatagram(port, 'nothing', '127.0.0.2');
    expect(await attemptServed(running, port, 'nothing 1')).toBe('done');
    expect(starts(running)).toBe(before + 1);
  });

  test('shares the port where it may set options, which no group lets it', async () => {
    const [open, closed] = [freePort(), freePort()];
    const lines = ['network: host'];
    const rules = [...GROUPS.map((line) => line.replace(']', ', "socket(family == AF_INET)", bind]'))];
    const without = rules.map((line) => line.replace('"@service"', '"@start", "@socket"'));
    await using unfiltered = await launchReady([policy({ port: open, seccomp: EVERY_CALL, lines })]);
    await using filtered = await launchReady([policy({ port: closed, seccomp: without, lines })]);
    for (const [request, bare] of [
      ['share-address OWN', 'done'],
      // The listener was made by root, and sockets of one user alone share a port so.
      ['share-port OWN', 'EADDRINUSE'],
    ] as const) {
      expect(await attemptBare(program, request), request).toBe('done');
      expect(await attemptServed(unfiltered, open, request), request).toBe(bare);
      expect(await attemptServed(filtered, closed, request), request).toBe('denied setsockopt');
    }
  });

  test('shuts other peers out where it may connect, which is denied and explained', async () => {
    const [open, closed] = [freePort(), freePort()];
    await using unfiltered = await launchReady([policy({ port: open, seccomp: EVERY_CALL })]);
    await using filtered = await launchReady([policy({ port: closed, seccomp: DEFAULT })]);
    await sendDatagram(open, `shut-out ${freePort()}`);
    await unfiltered.waitFor(({ event }) => event === 'start');
    await expect.poll(() => heard(open, '127.0.0.2')).toBe('refused');
    expect(await attemptServed(filtered, closed, `shut-out ${freePort()}`)).toBe('denied connect');
    expect(filtered.events.find(({ event }) => event === 'denied')).toMatchObject({
      allow: ['connect'],
      opens: ['the handed socket'],
    });
    expect(await heard(closed, '127.0.0.2')).toBe('taken');
  });

  test('sends to an address of its choice by a message, which only the group for answers lets it', async () => {
    const [open, closed] = [freePort(), freePort()];
    await using answers = await launchReady([policy({ port: open, seccomp: GROUPS })]);
    await using receives = await launchReady([policy({ port: closed, seccomp: DEFAULT })]);
    for (const [request, call] of [
      ['send 9', 'sendto'],
      ['send-message 9', 'sendmsg'],
    ] as const) {
      expect(await attemptServed(answers, open, request), request).toBe('done');
      expect(await attemptServed(receives, closed, request), request).toBe(`denied ${call}`);
    }
    const denied = receives.events.filter(({ event }) => event === 'denied');
    expect(denied.map(({ allow }) => allow)).toEqual([['@datagram'], ['@datagram']]);
  });
});

test('another process takes the port of a listener that lets it, and not that of a service', async () => {
  const [lax, port] = [freePort(), freePort()];
  await using running = await launchReady([policy({ port, seccomp: GROUPS })]);
  const script = `
import socket
def listen(port, option):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, option, 1)
    try: s.bind(('0.0.0.0', port))
    except OSError as error: return error.errno
    return s
for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
    first = listen(${lax}, option)
    second = listen(${lax}, option)
    print('shared' if isinstance(second, socket.socket) else second, listen(${port}, option))
    first.close(), second.close()
`;
  expect(execFileSync('python3', ['-c', script], { encoding: 'utf8' })).toBe('shared 98\nshared 98\n');
  expect(await attemptServed(running, port, 'nothing 1')).toBe('done');
});

test('a UNIX socket takes nothing from a stranger who sends to it from before it is there', async () => {
  const [lax, path] = [join(folder.path, 'lax'), join(folder.path, 'socket')];
  // A stranger sends without end, and prints each answer that is another one.
  const stranger = `
import os, socket, sys, time
os.setgroups([]), os.setgid(${USER}), os.setuid(${USER})
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
last = None
end = time.monotonic() + 30
while last != 'sent' and time.monotonic() < end:
    try: s.sendto(b'early', sys.argv[1]); said = 'sent'
    except OSError as error: said = type(error).__name__
    if said != last: print(said, flush=True)
    last = said
    if said == 'PermissionError' and os.path.exists(sys.argv[1] + '.ready'): break
`;
  /** Answers once the stranger is at work, with what it will have said in the end. */
  const send = async (to: string): Promise<{ readonly said: Promise<string> }> => {
    const child = spawn('python3', ['-c', stranger, to], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = finished(child).then(({ stdout }) => stdout);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return { said };
  };
  const first = await send(lax);
  const hasty = `
import os, socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
os.umask(0)
s.bind('${lax}')
time.sleep(0.5)
os.chmod('${lax}', 0o600)
`;
  execFileSync('python3', ['-c', hasty]);
  expect(await first.said).toBe('FileNotFoundError\nsent\n');
  const second = await send(path);
  const listen = `{ address: "unix-dgram:${path}", owner: 0, mode: "0620" }`;
  const file = policy({ port: freePort(), seccomp: DEFAULT, listen });
  await using running = await launchReady([file]);
  folder.write('socket.ready', '');
  expect(await second.said).toBe('FileNotFoundError\nPermissionError\n');
  expect(starts(running)).toBe(0);
});

describe('a flood of datagrams', () => {
  test.each([
    ['reads nothing', '/bin/true'],
    ['ends with each datagram', program],
  ])('starts a service that %s ever more rarely', async (_, run) => {
    const port = freePort();
    await using running = await launchReady([policy({ port, seccomp: GROUPS, run })]);
    const flood = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end = time.monotonic() + 1.5
count = 0
while time.monotonic() < end:
    for _ in range(100): s.sendto(b'nothing', ('127.0.0.1', ${port}))
    count += 100
    time.sleep(0.005)
print(count)
`;
    const { stdout } = await finished(spawn('python3', ['-c', flood], { stdio: ['ignore', 'pipe', 'pipe'] }));
    expect(Number(stdout)).toBeGreaterThan(1000);
    const pauses = running.events.filter(({ event }) => event === 'start-delayed');
    expect(pauses.slice(0, 3).map((event) => event['pause_ms'])).toEqual([100, 200, 400]);
    expect(starts(running)).toBeLessThan(8);
  });

  test('from refused prefixes, with senders that are forged, wakes no process', async () => {
    const port = freePort();
    const lines = ['allow: [192.0.2.0/24]', 'deny: [192.0.2.128/25]'];
    const file = policy({ port, seccomp: GROUPS, lines });
    await using running = await launchReady([file], { prefix: inOwnNetwork() });
    const inside = ['--net', `--target=${running.process.pid}`, 'python3', '-c'];
    // A raw packet has any sender: 192.0.2.200 is refused, as is 203.0.113.9.
    const forge = (sender: string, count: number) => `
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
udp = struct.pack('!HHHH', 4000, ${port}, 15, 0) + b'nothing'
ip = struct.pack('!BBHHHBBH4s4s', 69, 0, 35, 0, 0, 64, 17, 0, socket.inet_aton('${sender}'), socket.inet_aton('127.0.0.1'))
for _ in range(${count}): s.sendto(ip + udp, ('127.0.0.1', 0))
`;
    const send = (sender: string, count: number): void => {
      execFileSync('nsenter', [...inside, forge(sender, count)]);
    };
    // The first process is the supervisor: it runs Node, which wakes by itself.
    const sleeps = () =>
      processTree(running.process.pid ?? 0)
        .slice(1)
        .map(({ status }) => status.get('voluntary_ctxt_switches'));
    const before = sleeps();
    expect(before).toHaveLength(2);
    for (const refused of ['192.0.2.200', '203.0.113.9']) send(refused, 500);
    expect(dropped(running.process.pid, port)).toBe(1000);
    expect(sleeps()).toEqual(before);
    expect(starts(running)).toBe(0);
    send('192.0.2.9', 1);
    await running.waitFor(({ event }) => event === 'end');
    expect(starts(running)).toBe(1);
  });
});

/** The datagrams that the socket of a port has dropped: the last column of /proc/net/udp. */
function dropped(pid: number | undefined, port: number): number {
  const lines = readFileSync(`/proc/${pid}/net/udp`, 'utf8').split('\n');
  const line = lines.find((text) => text.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} `));
  return Number(line?.trim().split(/\s+/).at(-1));
}
