import { createSocket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { launchReady } from '../support/launch.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

/** A program behind a port of datagrams, the code of the warning of `check`, and its answers to "hello", "world" and an empty line. */
interface Program {
  readonly run: readonly string[];
  readonly handoff: 'listener' | 'peer';
  readonly warning?: string;
  readonly answers: readonly string[];
}

const ALL = ['hello\n', 'world\n', '\n'];
const READ = 'while read -r x; do echo "$x"; done';

const PROGRAMS: Readonly<Record<string, Program>> = {
  cat: { run: ['/bin/cat'], handoff: 'peer', answers: ALL },
  python: {
    run: ['/usr/bin/python3', '-I', '-S', '-c', 'import os\nwhile m := os.read(0, 65535): os.write(1, m)'],
    handoff: 'peer',
    answers: ALL,
  },
  'python that prints': {
    run: ['/usr/bin/python3', '-I', '-S', '-c', 'import sys\nfor line in sys.stdin: print(line)'],
    handoff: 'peer',
    answers: [],
  },
  dash: { run: ['/bin/dash', '-c', READ], handoff: 'peer', warning: 'datagram-loses', answers: ['hw\n'] },
  bash: { run: ['/bin/bash', '-c', READ], handoff: 'peer', warning: 'datagram-loses', answers: ['hw\n'] },
  sed: { run: ['/bin/sed', '-u', ''], handoff: 'peer', warning: 'datagram-loses', answers: ['hw\n'] },
  tr: { run: ['/usr/bin/tr', 'a', 'a'], handoff: 'peer', warning: 'peer-waits', answers: [] },
  'the socket itself': { run: ['/bin/cat'], handoff: 'listener', warning: 'handoff-unfit', answers: [] },
};

/** The answers to datagrams of one peer: when so many have come, it waits for one more. */
async function answersOf(port: number, count: number): Promise<readonly string[]> {
  const socket = createSocket('udp4');
  const answers: string[] = [];
  socket.on('message', (message) => answers.push(message.toString()));
  for (const text of ALL) socket.send(text, port, '127.0.0.1');
  for (const end = Date.now() + PATIENCE_MS; answers.length < count && Date.now() < end; ) await pause(20);
  await pause(500);
  socket.close();
  return answers;
}

/** The code of the warning about the program of each policy. */
async function warningsOf(policies: readonly string[]): Promise<readonly (string | undefined)[]> {
  const { stdout } = await portcullis(['check', '--json', ...policies]);
  const found = JSON.parse(stdout) as readonly { severity: string; code: string; span?: { file: string } }[];
  return policies.map(
    (file) => found.find(({ severity, span }) => severity !== 'note' && span?.file === file)?.code,
  );
}

test('programs that fit answer each message, and those that check warns of lose them', async () => {
  using folder = new TestFolder();
  const services = Object.values(PROGRAMS).map(({ run, handoff }, index) => {
    const [port, user] = [freePort(), freeUser()];
    const text = [
      'portcullis: 1',
      `service: service-${index}`,
      `listen: "udp4://127.0.0.1:${port}"`,
      `handoff: ${handoff}`,
      `run: ${JSON.stringify(run)}`,
      `user: ${user}`,
      `group: ${user}`,
      'limits: { drain: 100ms, grace: 0 }',
    ];
    return { port, policy: folder.write(`${index}.yaml`, `${text.join('\n')}\n`) };
  });
  const policies = services.map(({ policy }) => policy);
  const warnings = await warningsOf(policies);
  await using running = await launchReady(policies);
  const names = Object.keys(PROGRAMS);
  const expected = Object.values(PROGRAMS);
  const answers = await Promise.all(
    services.map(({ port }, index) => answersOf(port, expected[index]?.answers.length ?? 0)),
  );
  expect(
    names.map((name, index) => [name, warnings[index], answers[index]]),
    running.transcript(),
  ).toEqual(names.map((name, index) => [name, expected[index]?.warning, expected[index]?.answers]));
});
