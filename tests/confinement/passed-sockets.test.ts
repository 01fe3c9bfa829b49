import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { launch, launchReady } from '../support/launch.ts';
import { passing, tcpSocket } from '../support/pass-sockets.ts';
import { freePort } from '../support/ports.ts';
import { OWN_GROUPS, PROBE_UID, ProbedService, writeProbePolicy } from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

/** Serves the probes on a port that is passed, with a list that lets one address in. */
async function serveListed(rules: readonly string[]): Promise<ProbedService> {
  const { file, port } = writeProbePolicy(folder, program, {
    options: 'inherit: probes',
    lines: ['allow: [127.0.0.1]', 'accept: { setsockopt: a test }'].slice(0, rules === OWN_GROUPS ? 1 : 2),
    rules,
  });
  const prefix = passing({ sockets: [tcpSocket('127.0.0.1', port)], names: 'probes' });
  return new ProbedService(await launchReady([file], { prefix }), port);
}

/** The answer to a client at an address that the list does not have. */
async function strangerAt(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  const answer = await new Promise<string>((resolve) => {
    socket.once('connect', () => resolve('connected')).once('error', () => resolve('refused'));
    setTimeout(() => resolve('silence'), 500);
  });
  socket.destroy();
  return answer;
}

/** SO_ATTACH_FILTER and SO_DETACH_FILTER, in the words of the probe. */
const [ATTACH, DETACH] = ['set-option 1026', 'set-option 1027'];

describe('the access list of a port that is passed', () => {
  test('is out of reach of a session, whose filter has neither call', async () => {
    await using service = await serveListed(OWN_GROUPS);
    expect(await service.attempt(DETACH)).toBe('SIGSYS');
    expect(await service.attempt(ATTACH)).toBe('SIGSYS');
    expect(await strangerAt(service.port)).toBe('silence');
  });

  test('stays for all others where a policy lets a session change its connection', async () => {
    await using service = await serveListed([...OWN_GROUPS, 'setsockopt']);
    expect(await service.attempt(DETACH)).toBe('done');
    expect(await strangerAt(service.port)).toBe('silence');
  });
});

/** Sends a file that only root's group may read before the service is started, and tells what a session answers. */
const SENDER = `import array, os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
while True:
    try: s.connect(sys.argv[1]); break
    except OSError: time.sleep(0.01)
s.sendmsg([b'f'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [os.open(sys.argv[2], os.O_RDONLY)]))])
print('sent', flush=True)
said = ''
try:
    while part := s.recv(100): said += part.decode()
except ConnectionError: pass
print(said)
`;

async function answerTo(options: string): Promise<string> {
  const [path, until] = [join(folder.path, `socket-${freePort()}`), join(folder.path, `go-${freePort()}`)];
  const text = [
    'portcullis: 1',
    'service: receiver',
    `listen: { address: "unix:${path}", inherit: receiver${options} }`,
    `run: [${program}, receive, "0"]`,
    `user: ${PROBE_UID}`,
    `group: ${PROBE_UID}`,
    'seccomp: { rules: ["@start", "@stdio", "@socket"] }',
  ];
  const file = folder.write('receiver.yaml', `${text.join('\n')}\n`);
  const sockets = [{ family: 'UNIX', type: 'STREAM', address: path }] as const;
  await using running = launch([file], { prefix: passing({ sockets, names: 'receiver', until }) });
  const client = spawn('python3', ['-c', SENDER, path, `${program}-of-group`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise((resolve) => client.once('close', resolve));
  let said = '';
  client.stdout.setEncoding('utf8').on('data', (more: string) => {
    said += more;
  });
  await expect.poll(() => said).toBe('sent\n');
  writeFileSync(until, '');
  await closed;
  await running.waitFor(({ event }) => event === 'end');
  const denied = running.events.find(({ event }) => event === 'denied');
  return `${said.trim()} ${String(denied?.['call_name'] ?? '')}`.trim();
}

test('a descriptor that a client has sent before the start reaches the session that wants it, and no other', async () => {
  expect(await answerTo(', receive-descriptors: true')).toMatch(/^sent\nusecret$/);
  expect(await answerTo('')).toMatch(/^sent(\nu)? recvmsg$/);
});
