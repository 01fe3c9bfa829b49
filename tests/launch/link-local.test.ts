import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { finished } from '../support/finished.ts';
import { launch, launchReady } from '../support/launch.ts';
import { LinkNetwork } from '../support/link-network.ts';
import {
  buildService,
  type ProbePolicy,
  serveBuiltProbes,
  serveProbes,
  writeProbePolicy,
} from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { variablesIn } from '../support/unix-client.ts';
import { freeUser } from '../support/users.ts';

const { folder, program } = suiteProbes();
const UID = freeUser();
/** Of datagrams it takes one, and ends. */
const takesOne = join(folder.path, 'takes-one');
execFileSync('cc', ['-static', '-o', takesOne, join(import.meta.dirname, 'listener-service.c')]);
/** The option that chooses an interface by its number; that of the loopback is 1. Source: include/uapi/asm-generic/socket.h. */
const SO_BINDTOIFINDEX = 62;

const network = await LinkNetwork.of('eth0', 'eth1');
/** There eth0 has another number. */
const other = await LinkNetwork.of('eth1', 'eth0');
afterAll(() => {
  network[Symbol.dispose]();
  other[Symbol.dispose]();
});

const AS_USER = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups'];

/** What a client in a network is told at an address, and the problem that it has. */
async function visit(
  { prefix }: LinkNetwork,
  to: string,
  ...options: readonly string[]
): Promise<{ readonly said: string; readonly problem: string }> {
  const [first = '', ...rest] = [
    ...prefix,
    'socat',
    '-u',
    ['TCP6', to].join(':') + options.map((option) => `,${option}`).join(''),
    '-',
  ];
  const { stdout, stderr } = await finished(spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
  return { said: stdout, problem: /E .*: (.*)/.exec(stderr)?.[1] ?? '' };
}

/** The listening sockets of a network as ss(8) names them. */
function listening({ prefix }: LinkNetwork): string {
  const [first = '', ...rest] = [...prefix, 'ss', '-Hltn'];
  return execFileSync(first, rest, { encoding: 'utf8' });
}

const ENV: ProbePolicy = { host: '[fe80::1%eth0]', run: '/usr/bin/env' };

describe('an address of a link', () => {
  test('is not what a service is bound to that listens on every interface', async () => {
    const { prefix } = network;
    await using service = await serveProbes(folder, program, { ...ENV, host: '[::]' }, { prefix });
    for (const name of ['eth0', 'eth1'])
      expect((await visit(network, `[fe80::1%${name}]:${service.port}`)).said).toContain('PROTO=TCP');
  });

  test.each([
    ['run', network, () => serveProbes(folder, program, ENV, { prefix: network.prefix })],
    [
      'run where page 0 cannot be mapped',
      network,
      () => {
        const prefix = [...network.prefix, 'setpriv', '--bounding-set=-sys_rawio'];
        return serveProbes(folder, program, ENV, { prefix });
      },
    ],
    [
      'run without root',
      network,
      () => {
        const policy = { ...ENV, lines: [`user: ${UID}`, `group: ${UID}`] };
        const prefix = [...network.prefix, ...AS_USER];
        return serveProbes(folder, program, policy, { args: ['--unprivileged'], prefix });
      },
    ],
    // It is built where there is no such interface.
    [
      'an executable of its own',
      other,
      () => serveBuiltProbes(folder, program, ENV, { prefix: other.prefix }),
    ],
  ])('is that of its interface alone: %s', async (_, where, serve) => {
    await using service = await serve();
    expect(listening(where)).toContain(`[fe80::1]%eth0:${service.port}`);
    const served = await visit(where, `[fe80::1%eth0]:${service.port}`);
    // tcpserver tells an address without its interface, too.
    expect(variablesIn(served.said)).toMatchObject({ TCPREMOTEIP: 'fe80::1', TCPLOCALIP: 'fe80::1' });
    const refused = await visit(where, `[fe80::1%eth1]:${service.port}`);
    expect(refused).toEqual({ said: '', problem: 'Connection refused' });
  });

  test('is heard by a datagram socket of its interface alone', async () => {
    const { file, port } = writeProbePolicy(folder, program, {
      ...ENV,
      scheme: 'udp6',
      run: takesOne,
      lines: ['handoff: listener', 'accept: { seccomp: it answers datagrams }'],
    });
    await using running = await launchReady([file], { prefix: network.prefix });
    const send = (name: string): void => {
      const [first = '', ...rest] = [...network.prefix, 'socat', '-u', '-', `UDP6:[fe80::1%${name}]:${port}`];
      execFileSync(first, rest, { input: 'x' });
    };
    const starts = (): number => running.events.filter(({ event }) => event === 'start').length;
    send('eth1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(starts()).toBe(0);
    send('eth0');
    await running.waitFor(({ event }) => event === 'start');
  });

  test('answers the datagrams of peers of its link', async () => {
    const policy = { ...ENV, scheme: 'udp', lines: ['handoff: peer', 'amplification: 64'] };
    const { file, port } = writeProbePolicy(folder, program, policy);
    await using _running = await launchReady([file], { prefix: network.prefix });
    const ask = (name: string): string => {
      const [first = '', ...rest] = [
        ...network.prefix,
        'socat',
        '-t2',
        '-',
        `UDP6:[fe80::1%${name}]:${port}`,
      ];
      return spawnSync(first, rest, { input: 'x', encoding: 'utf8' }).stdout;
    };
    expect(ask('eth1')).toBe('');
    expect(ask('eth0')).toContain('PROTO=UDP');
  });

  test('has a source on each link, which no neighbour on another one uses up', async () => {
    const lines = ['limits: { per-source: 1, drain: 200ms }'];
    const policy = { ...ENV, host: '[::]', run: '/bin/cat', lines };
    await using service = await serveProbes(folder, program, policy, { prefix: network.prefix });
    const stays = (name: string): ChildProcess => {
      const [first = '', ...rest] = [
        ...network.prefix,
        'socat',
        '-',
        `TCP6:[fe80::1%${name}]:${service.port}`,
      ];
      return spawn(first, rest, { stdio: ['pipe', 'ignore', 'ignore'] });
    };
    const events = (wanted: string): number =>
      service.launch.events.filter(({ event }) => event === wanted).length;
    const clients = [stays('eth0')];
    await expect.poll(() => events('start')).toBe(1);
    clients.push(stays('eth0'));
    await expect.poll(() => events('refused')).toBe(1);
    clients.push(stays('eth1'));
    await expect.poll(() => events('start')).toBe(2);
    expect(service.launch.events).toContainEqual(
      expect.objectContaining({ event: 'refused', reason: 'per-source', peer: 'fe80::1' }),
    );
    for (const client of clients) client.kill('SIGKILL');
  });

  test('keeps deadlines, and an access list about the addresses of its peers', async () => {
    const lines = ['allow: [fe80::/64]', 'deny: [fe80::2]', 'limits: { first-byte: 300ms }'];
    const policy = { ...ENV, host: '[fe80::1%eth1]', run: '/bin/cat', lines };
    await using service = await serveProbes(folder, program, policy, { prefix: network.prefix });
    const to = `[fe80::1%eth1]:${service.port}`;
    expect(await visit(network, to)).toEqual({ said: '', problem: '' });
    const end = await service.launch.waitFor(({ event }) => event === 'end');
    expect(end).toMatchObject({ cause: 'first-byte' });
    const denied = await visit(network, to, 'bind=[fe80::2%eth1]', 'connect-timeout=1');
    expect(denied.problem).toBe('Connection timed out');
  });

  test('of an interface that is not there: the check names those that are', async () => {
    const { file } = writeProbePolicy(folder, program, { ...ENV, host: '[fe80::1%eth9]' });
    const started = launch([file], { prefix: network.prefix });
    expect((await started.exited).code).toBe(125);
    expect(started.stderr).toMatch(/:3:9: error: this host has no interface 'eth9' \[unknown-interface\]/);
    expect(started.stderr).toContain('there are eth0, eth1, lo');
  });

  test('of an interface that is not there: an executable names the step', async () => {
    const { executable } = await buildService(folder, program, ENV);
    const started = spawn('unshare', ['--net', executable], { stdio: ['ignore', 'pipe', 'pipe'] });
    const { code, stderr } = await finished(started);
    expect(code).toBe(125);
    expect(stderr).toMatch(/answered ENODEV\n.*SO_BINDTODEVICE, eth0, .*\n.*\.yaml:3\]/);
  });
});

describe('device', () => {
  const policy: ProbePolicy = { host: '[::]', run: '/usr/bin/env', options: 'device: eth0' };
  const ofUser: ProbePolicy = { ...policy, lines: [`user: ${UID}`, `group: ${UID}`] };
  const prefix = [...network.prefix, ...AS_USER];
  const args = ['--unprivileged'];
  // The kernel lets everybody choose the interface of a socket that has none, since Linux 5.7.
  test.each([
    ['run without root', () => serveProbes(folder, program, ofUser, { args, prefix })],
    [
      'an executable that an ordinary user starts',
      () => serveBuiltProbes(folder, program, ofUser, { args, prefix }),
    ],
  ])('keeps peers of other interfaces out: %s', async (_, serve) => {
    await using service = await serve();
    expect(listening(network)).toContain(`*%eth0:${service.port}`);
    const served = await visit(network, `[fe80::1%eth0]:${service.port}`);
    expect(served.said).toContain('TCPREMOTEIP=fe80::1');
    const refused = await visit(network, `[fe80::1%eth1]:${service.port}`);
    expect(refused).toEqual({ said: '', problem: 'Connection refused' });
  });

  test('is not changed by a session, which may choose one where there is none', async () => {
    const open: ProbePolicy = { default: 'allow', rules: ['getpid'] };
    const choose = `set-option 1${String(SO_BINDTOIFINDEX).padStart(3, '0')}`;
    await using free = await serveProbes(folder, program, open);
    expect(await free.attempt(choose)).toBe('done');
    await using bound = await serveProbes(folder, program, { ...open, options: 'device: lo' });
    expect(await bound.attempt(choose)).toBe('EPERM');
  });
});
