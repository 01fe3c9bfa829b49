import { readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { launchReady } from '../support/launch.ts';
import { NODE } from '../support/portcullis.ts';
import { PROBE_UID, type ProbedService, serveProbes, writeProbePolicy } from '../support/probe-program.ts';
import { type ProcessState, processTree, readProcess } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const ROLES = ['supervisor', 'outer', 'inner', 'session'] as const;
type Role = (typeof ROLES)[number];
type Tree = Readonly<Record<Role, ProcessState>>;

const { folder, program } = suiteProbes();

/** The processes of a service with one session, which waits for a request. */
async function treeOf(service: ProbedService): Promise<Tree> {
  const family = processTree(service.launch.process.pid ?? 0);
  const [supervisor, outer, inner, session, ...more] = family;
  if (supervisor === undefined || outer === undefined || inner === undefined || session === undefined)
    throw new Error(`the tree is not whole. ${service.launch.transcript()}`);
  expect(more).toEqual([]);
  return { supervisor, outer, inner, session };
}

/** A session that has answered, and so runs its program. */
async function visit(service: ProbedService): Promise<Socket> {
  const client = await dial(service.port);
  client.on('error', () => undefined);
  client.write('sibling\n');
  await new Promise((resolve) => client.once('data', resolve));
  return client;
}

async function withSession(
  service: ProbedService,
): Promise<{ readonly tree: Tree; readonly client: Socket }> {
  const client = await visit(service);
  return { tree: await treeOf(service), client };
}

describe('every process, while a session lives', () => {
  let service: ProbedService;
  let tree: Tree;
  let client: Socket;

  beforeAll(async () => {
    service = await serveProbes(folder, program, { lines: ['limits: { drain: 200ms }'] });
    ({ tree, client } = await withSession(service));
  });
  afterAll(async () => {
    client.destroy();
    await service[Symbol.asyncDispose]();
  });

  test.each(ROLES)('%s: no root, no capability, no new privileges, a filter', (role) => {
    const { status } = tree[role];
    const none = '0000000000000000';
    expect(Object.fromEntries(status)).toMatchObject({
      CapInh: none,
      CapPrm: none,
      CapEff: none,
      CapBnd: none,
      CapAmb: none,
      NoNewPrivs: '1',
      Seccomp: '2',
      Groups: '',
    });
    const ids = `${status.get('Uid')} ${status.get('Gid')}`.split(/\s+/).map(Number);
    expect(new Set(ids).size).toBe(1);
    if (role === 'supervisor') {
      expect(ids).not.toContain(0);
      expect(ids).not.toContain(PROBE_UID);
    } else {
      expect(ids[0]).toBe(PROBE_UID);
    }
  });

  test('Node runs once, as the supervisor', () => {
    expect(ROLES.filter((role) => tree[role].program === NODE)).toEqual(['supervisor']);
  });

  test('descriptors: three in the session, and no socket but its own', () => {
    const kinds = (role: Role): readonly string[] =>
      [...tree[role].descriptors]
        .sort(([a], [b]) => a - b)
        .map(([fd, target]) => `${fd} ${target.replace(/:.*/, '')}`);
    expect(kinds('session')).toEqual(['0 socket', '1 socket', '2 pipe']);
    expect(kinds('outer')).toEqual(['0 /dev/null', '1 /dev/null', '2 /dev/null', '3 pipe', '4 pipe']);
    expect(kinds('inner').filter((kind) => kind.includes('socket'))).toHaveLength(1);
    // Its standard output and error are the caller's.
    expect(kinds('supervisor').filter((kind) => /^([3-9]|..+) socket/.test(kind))).toEqual([]);
    expect(tree.session.descriptors.get(0)).toBe(tree.session.descriptors.get(1));
    expect([...tree.inner.descriptors.values()]).not.toContain(tree.session.descriptors.get(0));
  });

  test('namespaces of its own for what the service sees', () => {
    for (const name of ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup']) {
      const own = tree.session.namespaces.get(name);
      expect(own, name).not.toBe(readlinkSync(`/proc/self/ns/${name}`));
      expect(own, name).toBe(tree.inner.namespaces.get(name));
    }
  });

  test('a process group of its own for the session', () => {
    const group = (role: Role): string | undefined => tree[role].status.get('NSpgid')?.split(/\s+/).at(-1);
    expect(group('session')).toBe(tree.session.status.get('NSpid')?.split(/\s+/).at(-1));
    expect(group('session')).not.toBe(group('inner'));
  });
});

describe('a process that is killed', () => {
  test.each(['supervisor', 'outer', 'inner'] as const)('%s: takes all others along', async (role) => {
    const service = await serveProbes(folder, program);
    const { tree, client } = await withSession(service);
    process.kill(tree[role].pid, 'SIGKILL');
    const { code, signal } = await service.launch.exited;
    expect(role === 'supervisor' ? signal : code).toBe(role === 'supervisor' ? 'SIGKILL' : 1);
    const lost = service.launch.events.filter(({ event }) => event === 'lost');
    expect(lost).toHaveLength(role === 'supervisor' ? 0 : 1);
    const left = (): readonly Role[] => ROLES.filter((each) => readProcess(tree[each].pid) !== undefined);
    await expect.poll(left).toEqual([]);
    client.destroy();
  });

  test('a session: ends alone, and the next client is served', async () => {
    await using service = await serveProbes(folder, program);
    const { tree, client } = await withSession(service);
    process.kill(tree.session.pid, 'SIGKILL');
    await service.launch.waitFor(({ event, signal_name }) => event === 'end' && signal_name === 'SIGKILL');
    expect(await service.attempt('process-count')).toBe('1');
    const left = ROLES.filter((role) => readProcess(tree[role].pid) !== undefined);
    expect(left).toEqual(['supervisor', 'outer', 'inner']);
    client.destroy();
  });

  test('one gate of two: the other service ends as well, so that the init system sees it', async () => {
    const policies = [1, 2].map(() => writeProbePolicy(folder, program));
    const launched = await launchReady(policies.map(({ file }) => file));
    const [supervisor, ...gates] = processTree(launched.process.pid ?? 0);
    const outer = gates.filter(({ parent }) => parent === supervisor?.pid);
    expect(outer).toHaveLength(2);
    process.kill(outer[1]?.pid ?? 0, 'SIGKILL');
    expect((await launched.exited).code).toBe(1);
    await expect.poll(() => gates.filter(({ pid }) => readProcess(pid) !== undefined)).toEqual([]);
  });
});

describe('the memory that sessions begin in', () => {
  const lines = ['limits: { sessions: 120, drain: 200ms }', 'rlimits: { nproc: 1000 }'];

  /** Of the inner gate, in KiB. */
  function resident(service: ProbedService): number {
    const inner = processTree(service.launch.process.pid ?? 0)[2]?.pid ?? 0;
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${inner}/status`, 'utf8'))?.[1]);
  }

  test("is the next one's as soon as a session runs its program", async () => {
    await using service = await serveProbes(folder, program, { lines });
    const clients: Socket[] = [];
    for (let i = 0; i < 100; i++) clients.push(await visit(service));
    expect(resident(service)).toBeLessThan(500);
    for (const client of clients) client.destroy();
  });

  test('is given back when a crowd has gone', async () => {
    await using service = await serveProbes(folder, program, { lines });
    const clients = await Promise.all(Array.from({ length: 100 }, () => dial(service.port)));
    await service.launch.waitFor(({ event, session }) => event === 'start' && session === 100);
    for (const client of clients) client.destroy();
    await expect.poll(() => resident(service)).toBeLessThan(400);
    expect(await service.attempt('show-directory')).toBe('/');
  });
});
