import { type ChildProcess, spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { PROBE_UID, serveProbes, writeProbePolicy } from '../support/probe-program.ts';
import { CLOSED_GROUPS as CLOSED } from './support/filtered.ts';
import { prepareGround, testAttacks } from './support/ground.ts';

const ground = prepareGround();
const RUNS = `a second program runs, effective uid ${PROBE_UID}`;

/** A program of the host that hears one message at a UNIX path or a port. */
class Ear {
  readonly #process: ChildProcess;
  readonly #text: Promise<string>;
  #said = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#text = new Promise((resolve) => process.once('close', () => resolve(this.#said)));
  }

  static async open(program: string, where: string | number): Promise<Ear> {
    const process = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ear = new Ear(process);
    const ready = new Promise((resolve) => process.stdout.once('data', resolve));
    process.stdout.setEncoding('utf8').on('data', (text: string) => {
      ear.#said += text;
    });
    process.stdin.write(`hear ${where}\n`);
    await ready;
    return ear;
  }

  /** What it heard. */
  async close(): Promise<string> {
    this.#process.stdin?.end();
    return (await this.#text).replaceAll('hear: ', '').replace('done\n', '').trimEnd();
  }
}

/** What `check --strict` says of a policy that serves the probes. */
async function checked(rules: readonly string[], lines: readonly string[] = []): Promise<string> {
  const { folder, program } = ground();
  const { file } = writeProbePolicy(folder, program, { rules, lines });
  const { stdout } = await portcullis(['check', '--strict', file]);
  return stdout;
}

describe('a name in a message', () => {
  const by = (maker: string, type: number, sender: string): string => `${maker} ${type} ${sender}`;

  test.each([
    by('socketpair', 2, 'sendmsg'),
    by('socketpair', 3, 'sendmmsg'),
    by('socket', 2, 'sendmsg'),
    by('socket', 3, 'sendmmsg'),
  ])('%s: a descriptor goes to any UNIX socket of the host, with every layer but the filter', async (how) => {
    const { folder, program } = ground();
    const answers: string[] = [];
    for (const place of ['bare', 'open', 'confined', 'built', 'unprivileged'] as const) {
      const path = `${folder.path}/${place}-${how.replaceAll(' ', '-')}`;
      const ear = await Ear.open(program, path);
      const said = await ground()[place].attempt(`name-in-message ${how} ${path}`);
      answers.push(`${said}: ${await ear.close()}`);
    }
    const heard = 'done: message and a descriptor';
    const silent = 'SIGSYS: nothing';
    expect(answers).toEqual([heard, heard, silent, silent, silent]);
  });

  test.each([
    ['socketpair(family == AF_UNIX)', 'socketpair 2 sendmsg', 'done: message and a descriptor'],
    [
      'socketpair(family == AF_UNIX, type & 0xf in {SOCK_STREAM, SOCK_SEQPACKET})',
      'socketpair 2 sendmsg',
      'SIGSYS: nothing',
    ],
    [
      'socketpair(family == AF_UNIX, type & 0xf in {SOCK_STREAM, SOCK_SEQPACKET})',
      'socketpair 1 sendmsg',
      'EISCONN: nothing',
    ],
    [
      'socketpair(family == AF_UNIX, type & 0xf in {SOCK_STREAM, SOCK_SEQPACKET})',
      'socketpair 5 sendmmsg',
      'done: nothing',
    ],
    ['socket(family == AF_UNIX, type & 0xf == SOCK_STREAM)', 'socket 1 sendmsg', 'EOPNOTSUPP: nothing'],
    ['socket(family == AF_UNIX) -> errno(EACCES)', 'socket 2 sendmsg', 'no socket: EACCES: nothing'],
  ])('%s beside @socket: %s', async (rule, how, expected) => {
    const { folder, program } = ground();
    const rules = [...CLOSED, rule];
    const path = `${folder.path}/beside-${freePort()}`;
    await using service = await serveProbes(folder, program, { rules });
    const ear = await Ear.open(program, path);
    const said = await service.attempt(`name-in-message ${how} ${path}`);
    expect(`${said}: ${await ear.close()}`).toBe(expected);
    const opens = /opens names in messages/.test(await checked(rules));
    expect(opens).toBe(expected.startsWith('done: message'));
  });

  test.each([
    ['socket(family == AF_INET)', 'socket 2 sendmsg', 'done: message'],
    [
      'socket(family == AF_INET, type & 0xf == SOCK_STREAM, protocol == 0)',
      'socket 2 sendmsg',
      'SIGSYS: nothing',
    ],
    [
      'socket(family == AF_INET, type & 0xf == SOCK_STREAM, protocol == 0)',
      'socket 1 sendmsg',
      'EPIPE: nothing',
    ],
  ])('%s with network: host: %s', async (rule, how, expected) => {
    const { folder, program } = ground();
    const [rules, lines] = [[...CLOSED, rule], ['network: host']];
    const port = freePort();
    await using service = await serveProbes(folder, program, { rules, lines });
    const ear = await Ear.open(program, port);
    const said = await service.attempt(`name-in-message ${how} ${port}`);
    expect(`${said}: ${await ear.close()}`).toBe(expected);
    expect(/opens names in messages/.test(await checked(rules, lines))).toBe(expected === 'done: message');
  });
});

testAttacks('a file of memory', ground, [
  { request: 'code-in-memory 0', bare: '42 came back', open: '42 came back', confined: 'SIGSYS' },
  // MFD_NOEXEC_SEAL is about exec, not about mappings.
  { request: 'code-in-memory 8', bare: '42 came back', open: '42 came back', confined: 'SIGSYS' },
  { request: 'program-in-memory 0', bare: RUNS, open: 'EPERM', confined: 'SIGSYS' },
]);

describe('a file of memory where programs may be started', () => {
  test.each([
    ['memfd_create', 'program-in-memory 0', RUNS, /opens programs in a file of memory/],
    [
      'memfd_create(flags & 0x8 != 0)',
      'program-in-memory 0',
      'SIGSYS',
      /opens writable code in a file of memory/,
    ],
    [
      'memfd_create(flags & 0x8 != 0)',
      'program-in-memory 8',
      'EACCES',
      /opens writable code in a file of memory/,
    ],
    ['memfd_create -> errno(EPERM)', 'program-in-memory 0', 'no copy: EPERM', /no errors/],
  ])('%s: %s', async (rule, request, answer, finding) => {
    const { folder, program } = ground();
    const [rules, lines] = [
      [...CLOSED, rule],
      ['exec: allow', 'rlimits: { fsize: 64MiB }'],
    ];
    await using service = await serveProbes(folder, program, { rules, lines });
    expect(await service.attempt(request)).toBe(answer);
    const found = await checked(rules, lines);
    expect(found).toMatch(finding);
    expect(/programs in a file/.test(found)).toBe(answer === RUNS);
  });
});

describe('a lock on a file of root that everybody may read', () => {
  /** What root is told while a session holds its lock. */
  async function whileHeld(port: number, how: string, path: string): Promise<string> {
    const holder = await dial(port);
    holder.on('error', () => undefined);
    const said = new Promise<string>((resolve) => {
      holder
        .setEncoding('utf8')
        .once('data', resolve)
        .once('close', () => resolve('SIGSYS'));
    });
    holder.write(`hold-lock ${how} ${path}\n`);
    const taken = (await said).replace('hold-lock: ', '').trim();
    const owner = (await ground().bareRoot.attempt(`own-lock ${path}`)).replace(/^open done, /, '');
    holder.destroy();
    return `${taken}, then ${owner}`;
  }

  test.each([
    ['flock', 'done, then flock EAGAIN, record done'],
    ['shared', 'done, then flock EAGAIN, record done'],
    ['record', 'done, then flock done, record EAGAIN'],
    ['open-record', 'done, then flock done, record EAGAIN'],
  ])('%s: keeps root waiting, with every layer but the filter', async (how, expected) => {
    const { folder, bare, open, confined, built, unprivileged } = ground();
    const answers: string[] = [];
    // A file for each: the lock of the one before ends some time after its client has gone.
    for (const [index, { port }] of [bare, open, confined, built, unprivileged].entries())
      answers.push(await whileHeld(port, how, folder.write(`locked-${how}-${index}`, 'x')));
    const free = 'SIGSYS, then flock done, record done';
    expect(answers).toEqual([expected, expected, free, free, free]);
  });

  test('is what @locks gives, and check says so where there is no root', async () => {
    const { folder, program } = ground();
    const path = folder.write('locked-by-rule', 'x');
    const rules = [...CLOSED, '@locks'];
    await using service = await serveProbes(folder, program, { rules });
    expect(await whileHeld(service.port, 'flock', path)).toBe('done, then flock EAGAIN, record done');
    expect(await checked(rules)).toContain('flock, fcntl: opens locks on files of the host');
    expect(await checked(rules, [`root: ${folder.path}`])).not.toContain('locks on files');
  });
});
