import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attemptBare, attemptServed, compileDatagramAttempts } from '../support/datagram-attempts.ts';
import { accepted } from '../support/findings.ts';
import { finished } from '../support/finished.ts';
import { launchReady } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { setUp } from '../support/set-up.ts';
import { TestFolder } from '../support/test-folder.ts';
import { unpackedService } from '../support/unpacked-services.ts';
import { serveShipped } from './support/shipped-service.ts';

const PROGRAM = unpackedService('in.ntalkd');

/** talk(1) asks the port of its name, so the service has a network of its own. */
const OWN_NETWORK = ['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];

/**
 * Alice leaves an invitation, as talk(1) does, and waits for the one who takes it up: protocols/talkd.h. It then is a connection
 * between the two, which begins with the characters that erase.
 */
const ALICE = `
import socket, struct
LEAVE_INVITE, ANNOUNCE = 0, 3
def address(port): return struct.pack('!HH4s8x', socket.AF_INET, port, b'\\x7f\\0\\0\\1')
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.bind(('127.0.0.1', 0))
asking.settimeout(10)
meeting = socket.create_server(('127.0.0.1', 0))
meeting.settimeout(20)
def say(kind):
    head = struct.pack('!BBBBI', 1, kind, 0, 0, 0) + address(meeting.getsockname()[1])
    names = struct.pack('!I12s12s16s', 1, b'alice', b'root', b'')
    asking.sendto(head + address(asking.getsockname()[1]) + names, ('127.0.0.1', 518))
    answer = asking.recv(100)
    print(len(answer), 'bytes: kind', answer[1], 'answer', answer[2], flush=True)
say(ANNOUNCE)
say(LEAVE_INVITE)
talk, _ = meeting.accept()
talk.sendall(b'\\x08\\x15\\x17hello from alice\\r\\n')
data = talk.recv(100)
print('heard', data[3:] or talk.recv(100), flush=True)
`;

/** Waits until a program has printed something. */
async function shown(child: ChildProcess, text: string): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (bytes: Buffer) => {
      said += bytes.toString('latin1');
      if (said.includes(text)) resolve();
    });
    child.on('close', () => reject(new Error(`it has not said ${text}: ${said}`)));
  });
}

/** The client, whose window is the terminal that script(1) makes. */
const BOB = ['script', '-qec', 'netkit-ntalk alice@127.0.0.1', '/dev/null'];

test('talk finds the invitation of somebody else, and the two talk', async () => {
  using folder = new TestFolder();
  const root = join(folder.path, 'data');
  const policy = shippedPolicy(folder, 'talkd.yaml', { '/srv/talkd': root, '/usr/sbin/in.ntalkd': PROGRAM });
  setUp(policy);
  expect(await accepted(policy)).toEqual(['boundary-opened: sendto: opens the handed socket']);
  await using running = await launchReady([policy], { prefix: OWN_NETWORK });
  const inside = ['-n', '-t', String(running.process.pid)];
  const alice = spawn('nsenter', [...inside, 'python3', '-c', ALICE], { stdio: ['ignore', 'pipe', 'pipe'] });
  const heard = finished(alice);
  await shown(alice, 'kind 0');
  const bob = spawn('nsenter', [...inside, ...BOB], { env: { PATH: '/usr/bin:/bin', TERM: 'vt100' } });
  await shown(bob, 'hello from alice');
  bob.stdin.write('typed by bob\n');
  const { stdout } = await heard;
  bob.stdin.end('\x03');
  // Nobody is logged in there (1: NOT_HERE), so an announcement rings for nobody. The invitation is kept.
  expect(stdout).toContain('24 bytes: kind 3 answer 1');
  expect(stdout).toMatch(/heard b't/);
  expect(running.events.map(({ event }) => event)).toEqual(['ready', 'start']);
});

test('code of an attacker in its place sends datagrams, and does no more', async () => {
  using folder = new TestFolder();
  const program = join(folder.path, 'attempts');
  compileDatagramAttempts(program);
  await using served = await serveShipped({
    policy: 'talkd.yaml',
    listen: 'udp4://:518',
    root: '/srv/talkd',
    changes: { '/usr/sbin/in.ntalkd': PROGRAM },
    prepare: (root) => copyFileSync(program, join(root, PROGRAM)),
  });
  const { running, port } = served;
  const tries: readonly (readonly [request: string, bare: string, served: RegExp])[] = [
    ['read /etc/shadow', 'done', /^ENOENT$/],
    [`write ${folder.path}/new`, 'done', /^denied openat$/],
    ['exec /bin/true', 'done', /^denied execve$/],
    ['dial 9', 'ECONNREFUSED', /^denied socket$/],
    ['raw 1', 'done', /^denied socket$/],
    ['connect 9', 'done', /^denied connect$/],
    ['send 9', 'done', /^done$/],
    ['send-message 9', 'done', /^denied sendmsg$/],
    ['share-port OWN', 'done', /^denied (socket|setsockopt)$/],
    ['become 0', 'done', /^denied setuid$/],
    ['unshare 0x10000000', 'done', /^denied unshare$/],
    ['trace 1', 'done', /^denied ptrace$/],
  ];
  for (const [request, bare, confined] of tries) {
    expect(await attemptBare(program, request), `bare: ${request}`).toBe(bare);
    expect(await attemptServed(running, port, request), request).toMatch(confined);
  }
});
