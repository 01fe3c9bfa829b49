import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Launch, launchReady } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { TestFolder } from '../support/test-folder.ts';
import { socat } from '../support/unix-client.ts';
import { freeUser } from '../support/users.ts';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());
const program = join(folder.path, 'service');
execFileSync('cc', [
  '-static',
  '-Wall',
  '-Werror',
  '-o',
  program,
  join(import.meta.dirname, 'listener-service.c'),
]);

const [SERVICE, ONE, OTHER] = [freeUser(), freeUser(), freeUser()];
const [four, six, both] = [freePort(), freePort(), freePort()];
const [stream, packets, name] = [
  join(folder.path, `s-${four}`),
  join(folder.path, `p-${four}`),
  `portcullis-${four}`,
];

const LISTEN = [
  `tcp4://127.0.0.1:${four}`,
  `tcp6://[::]:${six}`,
  `tcp://[::]:${both}`,
  { address: `unix:${stream}`, mode: '0666' },
  { address: `unix-seqpacket:${packets}`, mode: '0666' },
  `unix:@${name}`,
];

/** A client of each listener, and what a session of it knows. */
const CLIENTS: readonly (readonly [client: string, known: string])[] = [
  [`TCP4:127.0.0.1:${four}`, `127.0.0.1 ${four}`],
  [`TCP6:[::1]:${six}`, `::1 ${six}`],
  [`TCP6:[::1]:${both}`, `::1 ${both}`],
  [`TCP4:127.0.0.1:${both}`, `::ffff:127.0.0.1 ${both}`],
  [`UNIX-CONNECT:${stream}`, `s-${four}`],
  [`UNIX-CONNECT:${packets},type=5`, `p-${four} seqpacket`],
  [`ABSTRACT-CONNECT:${name}`, `@${name}`],
];

function policy(...lines: readonly string[]): string {
  const text = [
    'portcullis: 1',
    'service: mixed',
    `listen: ${JSON.stringify(LISTEN)}`,
    `run: [${program}]`,
    `user: ${SERVICE}`,
    `group: ${SERVICE}`,
    ...lines,
    'seccomp: { default: allow, rules: [getpid] }',
  ];
  return folder.write('mixed.yaml', `${text.join('\n')}\n`);
}

async function said(client: string, uid = 0): Promise<string> {
  return (await socat(client, { say: 'x', uid })).stdout.trim();
}

async function expectAll(): Promise<void> {
  for (const [client, known] of CLIENTS) expect([client, await said(client)]).toEqual([client, known]);
}

/** A client that says nothing, and keeps its session. */
function hold(client: string, uid: number): ChildProcess {
  const as = ['setpriv', `--reuid=${uid}`, '--clear-groups'];
  const [first = '', ...rest] = [...as, 'socat', '-', client];
  return spawn(first, rest, { stdio: ['pipe', 'ignore', 'ignore'] });
}

describe('ports of both families, UNIX sockets and a name in one service', () => {
  test('each session knows its listener, and a port takes the families of its scheme', async () => {
    await using running = await launchReady([policy()]);
    for (const item of LISTEN)
      expect(running.stderr).toContain(`mixed: ready on ${typeof item === 'string' ? item : item.address}\n`);
    await expectAll();
    for (const other of [`TCP6:[::1]:${four}`, `TCP4:127.0.0.1:${six}`])
      expect((await socat(other)).stderr).toContain('Connection refused');
  });

  test('the same of an executable', async () => {
    const executable = join(folder.path, 'mixed');
    const { code, stderr } = await portcullis(['build', policy(), '-o', executable]);
    expect(code, stderr).toBe(0);
    await using running = new Launch(spawn(executable, [], { stdio: ['ignore', 'pipe', 'pipe'] }));
    await running.waitFor(({ event }) => event === 'ready');
    await expectAll();
  });

  test('sessions of a source count together, and a drain serves what waits at each listener', async () => {
    const file = policy('limits: { sessions: 3, per-source: 1, drain: 20s }');
    await using running = await launchReady([file]);
    const starts = (): number => running.events.filter(({ event }) => event === 'start').length;
    const held: ChildProcess[] = [];
    for (const [client, uid] of [
      [`UNIX-CONNECT:${stream}`, ONE],
      [`TCP4:127.0.0.1:${four}`, 0],
    ] as const) {
      held.push(hold(client, uid));
      await expect.poll(starts).toBe(held.length);
    }
    // By another listener of the same kind, where IPv4 is written as IPv6 too.
    expect(await said(`UNIX-CONNECT:${packets},type=5`, ONE)).toBe('');
    expect(await said(`ABSTRACT-CONNECT:${name}`, ONE)).toBe('');
    expect(await said(`TCP4:127.0.0.1:${both}`)).toBe('');
    held.push(hold(`ABSTRACT-CONNECT:${name}`, OTHER));
    await expect.poll(starts).toBe(3);

    const waiting: readonly (readonly [string, number, string])[] = [
      [`TCP4:127.0.0.1:${four},bind=127.0.0.2`, 0, `127.0.0.1 ${four}`],
      [`TCP6:[::1]:${six}`, 0, `::1 ${six}`],
      [`TCP4:127.0.0.1:${both},bind=127.0.0.3`, 0, `::ffff:127.0.0.1 ${both}`],
      [`UNIX-CONNECT:${stream}`, SERVICE, `s-${four}`],
      [`UNIX-CONNECT:${packets},type=5`, 0, `p-${four} seqpacket`],
    ];
    const answers = waiting.map(([client, uid]) => said(client, uid));
    await expect.poll(queued).toBe(waiting.length);
    running.process.kill('SIGTERM');
    expect(await running.waitFor(({ event }) => event === 'draining')).toMatchObject({ sessions: 3 });
    for (const client of held) client.stdin?.end();
    expect(await Promise.all(answers)).toEqual(waiting.map(([, , known]) => known));
    await running.waitFor(({ event }) => event === 'stopped');
    expect(sumOf(refusalsOf(running, 'per-source'))).toBe(3);
  });
});

/** Connections that wait to be accepted: the first number of ss(8) at a socket that listens. */
function queued(): number {
  const own = [`:${four} `, `:${six} `, `:${both} `, `s-${four} `, `p-${four} `];
  const lines = execFileSync('ss', ['-Hltnx'], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => own.some((part) => line.includes(part)))
    .reduce((sum, line) => sum + Number(/LISTEN\s+(\d+)/.exec(line)?.[1] ?? 0), 0);
}
