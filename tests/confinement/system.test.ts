import { copyFileSync, mkdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { foreignCalls } from '../support/foreign-calls.ts';
import { freePort } from '../support/ports.ts';
import { BareService, PROBE_UID, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { prepareGround, testAttacks } from './support/ground.ts';

const ground = prepareGround();

testAttacks('namespaces', ground, [
  { request: 'unshare-user', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'clone-user', bare: 'done', open: 'done', confined: 'SIGSYS' },
  // Its flags are in memory: programs are told that it does not exist, and take clone.
  { request: 'clone-three', bare: 'done', open: 'ENOSYS', confined: 'ENOSYS' },
]);

/** What the kernel does not have is no way in, whatever the filter. */
function foreignAttacks(): readonly Parameters<typeof testAttacks>[2][number][] {
  if (process.arch !== 'x64') return [];
  const has = foreignCalls();
  return [
    has.i386
      ? { request: 'call-i386', bare: 'getpid answered', open: 'SIGSYS', confined: 'SIGSYS' }
      : { request: 'call-i386', bare: '', open: 'SIGSEGV', confined: 'SIGSEGV' },
    { request: 'call-x32', bare: has.x32 ? 'done' : 'ENOSYS', open: 'SIGSYS', confined: 'SIGSYS' },
  ];
}

testAttacks('other ways into the kernel', ground, [
  ...foreignAttacks(),
  { request: 'call-unknown', open: 'ENOSYS', confined: 'ENOSYS' },
  // The number that a tracer writes to cancel a call is no call either.
  { request: `call ${2n ** 64n - 1n}`, bare: 'ENOSYS', open: 'ENOSYS', confined: 'SIGSYS' },
  { request: 'open-ring', bare: 'done', open: 'ENOSYS', confined: 'ENOSYS' },
  { request: 'change-personality', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'make-dumpable', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'name-host', bareRoot: 'done', open: 'EPERM', confined: 'SIGSYS' },
]);

testAttacks('what the processes of a user share', ground, [
  { request: 'read-keys', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'make-shared-memory', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'make-message-queue', bare: 'done', open: 'EMFILE', confined: 'SIGSYS' },
  { request: 'type-ahead', open: 'terminal EACCES, TIOCSTI ENOTTY', confined: 'SIGSYS' },
]);

describe('calls that are younger than the kernel of the policy', () => {
  test('are not there, whatever the kernel has and the default lets through', async () => {
    const { open, folder, program } = ground();
    // futex_waitv of Linux 5.16, and futex.
    const [young, old] = ['call 449', `call ${process.arch === 'x64' ? 202 : 98} 0 129`];
    expect(await open.attempt(young)).toBe('EINVAL');
    await using bound = await serveProbes(folder, program, {
      default: 'allow',
      kernel: '5.15',
      rules: ['getpid'],
    });
    expect(await bound.attempt(young)).toBe('ENOSYS');
    expect(await bound.attempt(old)).toBe('done');
  });
});

describe('calls that no service needs', () => {
  // The probe has them in a table: bpf, perf_event_open, userfaultfd, add_key, ...
  test.each(Array.from({ length: 16 }, (_, index) => index))('number %i', async (index) => {
    const { bare, confined, unprivileged } = ground();
    expect(await bare.attempt(`rare-call ${index}`)).toMatch(/^(done|E[A-Z0-9]+)$/);
    expect(await confined.attempt(`rare-call ${index}`)).toBe('SIGSYS');
    expect(await unprivileged.attempt(`rare-call ${index}`)).toBe('SIGSYS');
  });
});

describe('a message queue of somebody on the host', () => {
  const key = freePort();
  let owner: Socket;

  beforeAll(async () => {
    owner = await dial(ground().bare.port);
    owner.write(`make-queue ${key}\n`);
    await new Promise((resolve) => owner.once('data', resolve));
  });
  afterAll(() => {
    owner.destroy();
  });

  test('is found behind inetd only', async () => {
    expect(await ground().bare.attempt(`find-queue ${key}`)).toBe('done');
    expect(await ground().open.attempt(`find-queue ${key}`)).toBe('ENOENT');
    expect(await ground().confined.attempt(`find-queue ${key}`)).toBe('SIGSYS');
  });
});

describe('a key of whoever starts the service', () => {
  test('is read by what inherits the session keyring, and by no session', async () => {
    const { folder, program } = ground();
    const prefix = [program, 'with-key'];
    using inherits = await BareService.start(program, PROBE_UID, prefix);
    expect(await inherits.attempt('read-key')).toBe('done');
    await using open = await serveProbes(
      folder,
      program,
      { default: 'allow', rules: ['getpid'] },
      { prefix },
    );
    expect(await open.attempt('read-key')).toBe('ENOKEY');
    await using built = await serveBuiltProbes(
      folder,
      program,
      { default: 'allow', rules: ['getpid'] },
      { prefix },
    );
    expect(await built.attempt('read-key')).toBe('ENOKEY');
    expect(await ground().confined.attempt('read-key')).toBe('SIGSYS');
  });
});

describe('a root of its own', () => {
  test('is left only by who may change the root again', async () => {
    const { folder, program } = ground();
    const root = join(folder.path, 'root');
    mkdirSync(join(root, 'below'), { recursive: true });
    copyFileSync(program, join(root, 'probe'));
    const policy = { run: '/probe', default: 'allow', rules: ['getpid'] };
    await using granted = await serveProbes(folder, program, {
      ...policy,
      lines: [`root: ${root}`, 'capabilities: [sys_chroot]'],
    });
    expect(await granted.attempt('leave-root')).toBe('outside');
    await using open = await serveProbes(folder, program, { ...policy, lines: [`root: ${root}`] });
    expect(await open.attempt('leave-root')).toBe('EPERM');
    expect(await open.attempt('show-directory')).toBe('/');
    await using confined = await serveProbes(folder, program, { run: '/probe', lines: [`root: ${root}`] });
    expect(await confined.attempt('leave-root')).toBe('EPERM');
    expect(await confined.attempt('process-count')).toBe('no /proc: ENOENT');
    expect(await ground().bare.attempt('climb')).toBe('done');
    expect(await open.attempt('climb')).toBe('ENOENT');
    expect(await confined.attempt('climb')).toBe('ENOENT');
  });
});
