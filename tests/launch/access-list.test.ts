import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { apart } from '../access/support/apart.ts';
import { buildPeers, inOwnNetwork, Peers } from '../access/support/peers.ts';
import { launch } from '../support/launch.ts';
import {
  type ProbedService,
  type ProbePolicy,
  serveBuiltProbes,
  serveProbes,
  writeProbePolicy,
} from '../support/probe-program.ts';
import { processTree } from '../support/processes.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { freeUser } from '../support/users.ts';

const { folder, program } = suiteProbes();
const peersProgram = buildPeers(folder);
const UID = freeUser();

const LISTS = ['allow: [192.0.2.0/24, 2001:db8::/32]', 'deny: [192.0.2.128/25, 2001:db8:bad::/48]'];
const ALLOWED = ['192.0.2.1', '192.0.2.127', '2001:db8::1', '2001:db8:bae::1'];
const REFUSED = ['192.0.2.128', '192.0.3.1', '127.0.0.1', '2001:db8:bad::1', '2001:db9::1', '::1'];

/** A list that the kernel takes, and one that it has no room for in a namespace with the memory of older kernels. */
const SMALL_MEMORY = 'echo 20480 > /proc/sys/net/core/optmem_max';
const LONG = `allow: [${['192.0.2.0/24', '2001:db8::/32', ...apart('inet', 900, 28).map(({ text }) => text)].join(', ')}]`;

function policyOf(...lines: readonly string[]): ProbePolicy {
  return { host: '[::]', run: '/bin/cat', lines: ['limits: { drain: 200ms }', ...lines] };
}

/** The program that is a peer of any address, in the network of a service. */
function peersOf({ launch }: ProbedService): Peers {
  return new Peers(peersProgram, ['nsenter', '--net', `--target=${launch.process.pid}`]);
}

async function visit(service: ProbedService, addresses: readonly string[]): Promise<readonly string[]> {
  using peers = peersOf(service);
  return peers.ask(...addresses.map((address) => `visit ${address} ${service.port}`));
}

function each(addresses: readonly string[], answer: string): readonly string[] {
  return addresses.map(() => answer);
}

/** The network of a process, by the counters of its namespace. */
function counters(pid: number | undefined): Readonly<Record<string, number>> {
  const lines = readFileSync(`/proc/${pid}/net/snmp`, 'utf8').split('\n');
  const [names = '', numbers = ''] = lines.filter((line) => line.startsWith('Tcp:'));
  const values = numbers.split(' ');
  return Object.fromEntries(names.split(' ').map((name, index) => [name, Number(values[index])]));
}

/** How often each process of a service has gone to sleep, which it does once for each time that it is woken. */
function sleeps({ launch }: ProbedService): readonly (string | undefined)[] {
  return processTree(launch.process.pid ?? 0).map(({ status }) => status.get('voluntary_ctxt_switches'));
}

/** Packets that the listening socket has dropped. */
function drops({ launch, port }: ProbedService): number {
  const inside = ['--net', `--target=${launch.process.pid}`];
  const text = execFileSync('nsenter', [...inside, 'ss', '-ltnmH', `sport = :${port}`], { encoding: 'utf8' });
  return Number(/,d(\d+)\)/.exec(text)?.[1]);
}

describe('an access list', () => {
  test('is asked for by nobody without one: every peer is served', async () => {
    await using service = await serveProbes(folder, program, policyOf(), { prefix: inOwnNetwork() });
    expect(await visit(service, [...ALLOWED, ...REFUSED])).toEqual(each([...ALLOWED, ...REFUSED], 'served'));
  });

  test('that the kernel keeps leaves refused peers without an answer, and wakes no process', async () => {
    await using service = await serveProbes(folder, program, policyOf(...LISTS), { prefix: inOwnNetwork() });
    expect(await visit(service, ALLOWED)).toEqual(each(ALLOWED, 'served'));
    expect(service.launch.stderr).toContain('peers that the access list refuses get no answer');
    const ends = (): number => service.launch.events.filter(({ event }) => event === 'end').length;
    await expect.poll(ends).toBe(ALLOWED.length);
    using peers = peersOf(service);
    const [before, slept, dropped] = [counters(service.launch.process.pid), sleeps(service), drops(service)];
    const answers = await peers.ask(...REFUSED.map((address) => `visit ${address} ${service.port}`));
    const after = counters(service.launch.process.pid);
    expect(answers).toEqual(each(REFUSED, 'silent'));
    // Each peer sends one packet, and nobody sends one to it.
    const sent = (after['OutSegs'] ?? 0) - (before['OutSegs'] ?? 0);
    expect(sent).toBe(REFUSED.length);
    expect(after['PassiveOpens']).toBe(before['PassiveOpens']);
    expect(drops(service) - dropped).toBe(REFUSED.length);
    expect(sleeps(service)).toEqual(slept);
    expect(refusalsOf(service.launch, 'access-list')).toEqual([]);
  });

  test.each([
    ['run', []],
    ['run where page 0 cannot be mapped', ['setpriv', '--bounding-set=-sys_rawio']],
  ] as const)('that the kernel does not take is kept by the gate of %s', async (_, prefix) => {
    const lists = [LONG, ...LISTS.slice(1)];
    await using service = await serveProbes(folder, program, policyOf(...lists), {
      prefix: [...inOwnNetwork(SMALL_MEMORY), ...prefix],
    });
    expect(await visit(service, [...ALLOWED, ...REFUSED])).toEqual([
      ...each(ALLOWED, 'served'),
      ...each(REFUSED, 'closed'),
    ]);
    expect(service.launch.stderr).toMatch(/the gate accepts and closes .* the kernel answers ENOMEM/);
    await expect.poll(() => sumOf(refusalsOf(service.launch, 'access-list'))).toBe(REFUSED.length);
    const told = refusalsOf(service.launch, 'access-list').map(({ peer }) => peer);
    expect(told).toEqual(expect.arrayContaining(['192.0.2.128', '2001:db8:bad::1']));
    expect(service.launch.events.filter(({ event }) => event === 'start')).toHaveLength(ALLOWED.length);
  });

  test('of an ordinary user is kept by whoever may: no refused peer has a session', async () => {
    const lines = [...LISTS, `user: ${UID}`, `group: ${UID}`];
    await using service = await serveProbes(folder, program, policyOf(...lines), {
      args: ['--unprivileged'],
      prefix: [...inOwnNetwork(), 'setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups'],
    });
    expect(await visit(service, ALLOWED)).toEqual(each(ALLOWED, 'served'));
    const answers = await visit(service, REFUSED);
    const closed = answers.filter((answer) => answer === 'closed').length;
    // A kernel that lets ordinary users filter packets keeps the list, and no other.
    expect([0, REFUSED.length]).toContain(closed);
    expect(answers).toEqual(each(REFUSED, closed === 0 ? 'silent' : 'closed'));
    await expect.poll(() => sumOf(refusalsOf(service.launch, 'access-list'))).toBe(closed);
    expect(service.launch.events.filter(({ event }) => event === 'start')).toHaveLength(ALLOWED.length);
  });

  test('of an executable of its own is kept by the kernel, or by its gate for an older one', async () => {
    // The outer gate has no network: the service joins that of its peers.
    using peers = new Peers(peersProgram, inOwnNetwork(SMALL_MEMORY));
    expect(await peers.ask('send ::1')).toEqual(['dropped']);
    const asked = ['192.0.2.1', '2001:db8::1', '192.0.2.128', '2001:db8:bad::1'];
    const older = policyOf(LONG, ...LISTS.slice(1), 'landlock: best-effort');
    for (const [policy, args, refused] of [
      [policyOf(...LISTS), [], 'silent'],
      [older, ['--kernel', '6.6'], 'closed'],
    ] as const) {
      await using service = await serveBuiltProbes(folder, program, policy, { args, prefix: peers.network });
      const answers = await peers.ask(...asked.map((address) => `visit ${address} ${service.port}`));
      expect(answers).toEqual(['served', 'served', refused, refused]);
    }
  });

  test('that the kernel cannot have been asked about ends a launch that has counted on it', async () => {
    await expect(
      serveBuiltProbes(folder, program, policyOf(LONG), {
        args: ['--kernel', '6.12'],
        prefix: inOwnNetwork(SMALL_MEMORY),
      }),
    ).rejects.toThrow('SO_ATTACH_FILTER');
  });
});

describe('a service that accepts for itself', () => {
  const open = { default: 'allow', rules: ['getpid'], host: '[::]' };

  test('does not take the list away, which a session may on a connection of its own', async () => {
    const lines = ['allow: [127.0.0.1]', 'handoff: listener'];
    await using session = await serveProbes(folder, program, {
      ...open,
      host: '127.0.0.1',
      lines: lines.slice(0, 1),
    });
    expect(await session.attempt('set-option 1027')).toBe('done');
    await using service = await serveProbes(
      folder,
      program,
      { ...open, run: `${program}, accept`, lines },
      { prefix: inOwnNetwork() },
    );
    using peers = peersOf(service);
    expect(
      await peers.ask(`ask 127.0.0.1 ${service.port} detach`, `visit 127.0.0.1 ${service.port}`),
    ).toEqual(['EPERM', 'served']);
    expect(await peers.ask(`visit 127.0.0.2 ${service.port}`)).toEqual(['silent']);
  });

  test('is not started with a list that only a gate could keep', async () => {
    const { file } = writeProbePolicy(folder, program, {
      run: `${program}, accept`,
      lines: ['handoff: listener', LONG],
    });
    const started = launch([file], { prefix: inOwnNetwork(SMALL_MEMORY) });
    expect((await started.exited).code).toBe(125);
    expect(started.stderr).toContain('access-not-filtered');
    expect(started.stderr).toMatch(/:\d+:\d+: error: .*ENOMEM/);
  });
});
