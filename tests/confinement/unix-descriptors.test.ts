import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { refusesDescriptors } from '../../src/plan/steps/received-descriptors.ts';
import { Launch, launchReady } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { PROBE_UID } from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { ORDINARY_UID } from './support/ground.ts';

const { folder, program } = suiteProbes();

/** Before Linux 6.16 a peer sends a descriptor whenever it likes, as `check` says. */
const REFUSED = refusesDescriptors({ kernelRelease: release() }) ? 'sending: EPERM, nothing' : 'sent, secret';
const RECEIVED = 'sent, secret';
/** The session ended at the call, maybe before the descriptor was sent. */
const ENDED = /^(sent|sending: EPIPE),$/;

/** Connects as root, sends a file that only root's group may read once the session is up, and tells what it was answered. */
const SENDER = `import array, errno, os, socket, sys
s = socket.socket(socket.AF_UNIX, int(sys.argv[3]))
s.connect(sys.argv[1])
said = s.recv(1).decode()
file = os.open(sys.argv[2], os.O_RDONLY)
try:
    s.sendmsg([b'f'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [file]))])
    result = 'sent'
except OSError as error:
    result = 'sending: ' + errno.errorcode[error.errno]
try:
    if result != 'sent': s.sendall(b'b')
    while part := s.recv(100): said += part.decode()
except ConnectionError: pass
print(result + ', ' + said[1:].strip())
`;

let services = 0;

interface Receiver {
  readonly scheme?: string;
  readonly options?: string;
  readonly rules?: readonly string[];
  readonly again?: boolean;
  readonly uid?: number;
}

/** Writes the policy of a service that takes a descriptor from its client; with `again` it first takes back what was refused. */
function policy(receiver: Receiver): { readonly file: string; readonly path: string } {
  const { scheme = 'unix', options = '', rules, again = false, uid = PROBE_UID } = receiver;
  const directory = join(folder.path, `sockets-${++services}`);
  mkdirSync(directory);
  if (uid !== PROBE_UID) chownSync(directory, uid, uid);
  const path = join(directory, 's');
  const lines = [
    'portcullis: 1',
    `service: receiver-${services}`,
    `listen: { address: "${scheme}:${path}"${options} }`,
    `run: ${JSON.stringify([program, 'receive', '0', ...(again ? ['again'] : [])])}`,
    `user: ${uid}`,
    `group: ${uid}`,
    `seccomp: ${rules === undefined ? '{ default: allow, rules: [getpid] }' : `{ rules: ${JSON.stringify(rules)} }`}`,
  ];
  return { file: folder.write(`receiver-${services}.yaml`, `${lines.join('\n')}\n`), path };
}

function send(path: string, type = 1): string {
  return execFileSync('python3', ['-c', SENDER, path, `${program}-of-group`, String(type)], {
    encoding: 'utf8',
  }).trimEnd();
}

async function answerOf(receiver: Receiver, type = 1): Promise<string> {
  const { file, path } = policy(receiver);
  await using _running = await launchReady([file]);
  return send(path, type);
}

const ACCEPTED = ', receive-descriptors: true';

describe('a descriptor that a client sends', () => {
  test('reaches a session whose policy wants it, and no other', async () => {
    expect(await answerOf({ options: ACCEPTED })).toBe(RECEIVED);
    expect(await answerOf({})).toBe(REFUSED);
    expect(await answerOf({ scheme: 'unix-seqpacket', options: ACCEPTED }, 5)).toBe(RECEIVED);
    expect(await answerOf({ scheme: 'unix-seqpacket' }, 5)).toBe(REFUSED);
  });

  test('reaches no session whose filter has no recvmsg', async () => {
    expect(await answerOf({ options: ACCEPTED, rules: ['@start', '@stdio', '@socket'] })).toBe(RECEIVED);
    expect(await answerOf({ options: ACCEPTED, rules: ['@start', '@stdio'] })).toMatch(ENDED);
  });

  test('reaches no session that wants to take back what was refused, unless its filter lets it', async () => {
    expect(await answerOf({ again: true })).toBe(RECEIVED);
    const kept = await answerOf({ again: true, rules: ['@start', '@stdio', '@socket'] });
    expect(kept).not.toContain('secret');
  });

  test.each([
    { options: ACCEPTED, answer: RECEIVED },
    { options: '', answer: REFUSED },
  ])('is judged the same without root, and by an executable: $answer', async ({ options, answer }) => {
    const own = policy({ options, uid: ORDINARY_UID });
    const as = ['/usr/bin/setpriv', `--reuid=${ORDINARY_UID}`, `--regid=${ORDINARY_UID}`, '--clear-groups'];
    {
      await using _running = await launchReady([own.file], { args: ['--unprivileged'], uid: ORDINARY_UID });
      expect(send(own.path)).toBe(answer);
    }
    const root = policy({ options });
    for (const [made, args, prefix] of [
      [root, [], []],
      [own, ['--unprivileged'], as],
    ] as const) {
      const executable = made.file.replace(/\.yaml$/, '');
      const built = await portcullis(['build', ...args, made.file, '-o', executable]);
      expect(built.code, built.stderr).toBe(0);
      const [first = '', ...rest] = [...prefix, executable];
      await using running = new Launch(spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
      await running.waitFor(({ event }) => event === 'ready');
      expect(send(made.path)).toBe(answer);
    }
  });
});

test('a client that sends one where page 0 cannot be mapped', async () => {
  const { file, path } = policy({ rules: ['@start', '@stdio', '@socket'] });
  const prefix = ['setpriv', '--bounding-set=-sys_rawio', '--inh-caps=-sys_rawio'];
  await using running = await launchReady([file], { prefix });
  expect(send(path)).toBe(REFUSED);
  expect(await running.waitFor(({ event }) => event === 'start')).toMatchObject({ uid: 0, gid: 0 });
  await running.waitFor(({ event }) => event === 'end');
  expect(running.events.filter(({ event }) => event === 'denied')).toEqual([]);
});
