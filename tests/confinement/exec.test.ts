import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { gateAddress } from '../../src/plan/steps/page-zero.ts';
import { PROBE_UID, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { ORDINARY_UID, prepareGround, testAttacks } from './support/ground.ts';

const ground = prepareGround();
const RUNS = `a second program runs, effective uid ${PROBE_UID}`;
const RUNS_AS_ROOT = 'a second program runs, effective uid 0';

/** What a program needs to say what it is able to. */
const ABLE: readonly string[] = ['@start', '@stdio', '@identity', 'capget'];

testAttacks('exec once: a second program', ground, [
  { request: 'exec-path', bare: RUNS, open: 'EPERM', confined: 'SIGSYS', unprivileged: 'EPERM' },
  {
    request: 'exec-path-in-child',
    bare: RUNS,
    open: 'EPERM',
    confined: 'the child was killed by SIGKILL',
    unprivileged: 'EPERM',
  },
  { request: 'exec-path-in-thread', bare: RUNS, open: 'EPERM', confined: 'SIGSYS', unprivileged: 'EPERM' },
  { request: 'exec-at-absolute-path', bare: RUNS, open: 'EPERM', confined: 'SIGSYS', unprivileged: 'EPERM' },
  { request: 'exec-at-descriptor', bare: RUNS, open: 'EPERM', confined: 'SIGSYS', unprivileged: 'EPERM' },
  { request: 'exec-from-memory', bare: RUNS, open: 'EPERM', confined: 'SIGSYS' },
  {
    request: 'exec-from-page-zero',
    bareRoot: RUNS_AS_ROOT,
    open: 'not mapped: EPERM',
    confined: 'not mapped: EPERM',
  },
  { request: 'exec-first-address', open: 'EFAULT', confined: 'EFAULT', unprivileged: 'EPERM' },
]);

testAttacks('page 0, which held the one path that exec may be given', ground, [
  { request: 'page-zero-mmap', bareRoot: 'done', open: 'EPERM', confined: 'EPERM' },
  { request: 'page-zero-mremap', bareRoot: 'done', open: 'EPERM', confined: 'EPERM' },
  { request: 'page-zero-shmat', open: 'EINVAL', confined: 'SIGSYS' },
  {
    request: 'page-zero-call 4080',
    bareRoot: 'done',
    open: 'not mapped: EPERM',
    confined: 'not mapped: EPERM',
  },
  { request: 'page-zero-jump 4080', open: 'SIGSEGV', confined: 'SIGSEGV' },
  // A mapping grows down elsewhere; next to page 0 the guard gap of the kernel is in the way.
  { request: 'page-zero-growsdown 2097152', bare: 'done', open: 'done', confined: 'done' },
  { request: 'page-zero-growsdown 4096', open: 'SIGSEGV', confined: 'SIGSEGV' },
]);

testAttacks('memory that is writable and executable', ground, [
  { request: 'memory-writable-executable', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'memory-made-executable', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'memory-made-executable-with-key', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'memory-read-implies-exec', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'memory-by-file', bare: 'done', open: 'EACCES', confined: 'EACCES' },
  { request: 'memory-mapped-twice', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'memory-doubled', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'memory-shared-with-child', bare: 'done', open: 'done', confined: 'SIGSYS' },
  {
    request: 'memory-granted-twice',
    bare: 'done',
    open: 'EPERM',
    confined: 'SIGSYS',
    unprivileged: 'no file: EACCES',
  },
]);

describe('a call from another page', () => {
  test("whose address has the low word of the place in page 0 is the service's", async () => {
    const { bare, folder, program } = ground();
    const request = `page-zero-call ${2 ** 32 + 4080}`;
    expect(await bare.attempt(request)).toBe('done');
    await using service = await serveProbes(folder, program, {
      default: 'allow',
      rules: ['setpgid -> errno(EACCES)', 'ptrace -> errno(EPERM)'],
    });
    expect(await service.attempt(request)).toBe('EACCES');
  });
});

describe('a policy that lets a service trace its processes', () => {
  test('the place that a tracer gives to a call says nothing to the filter', async () => {
    const { bare, folder, program } = ground();
    const request = `process-place-a-call ${gateAddress(hostArchitecture())}`;
    expect(await bare.attempt(request)).toBe('done');
    await using tracing = await serveProbes(folder, program, {
      default: 'allow',
      rules: ['setpgid -> errno(EACCES)'],
    });
    expect(await tracing.attempt(request)).toBe('EACCES');
  });
});

describe('a program with the set-user-ID bit of root', () => {
  test('makes an ordinary user root, and nobody in a session', async () => {
    const { bare, folder, program } = ground();
    expect(await bare.attempt('exec-set-user-id')).toBe(RUNS_AS_ROOT);
    await using allowed = await serveProbes(folder, program, { lines: ['exec: allow'] });
    expect(await allowed.attempt('exec-path')).toBe(RUNS);
    expect(await allowed.attempt('exec-set-user-id')).toBe(RUNS);
  });
});

describe('a program with a capability in its file', () => {
  test('gives it to an ordinary user, and nothing to a session', async () => {
    const { bare, folder, program } = ground();
    expect(await bare.attempt('exec-file-capability')).toBe(`uid ${PROBE_UID} is able to 2000`);
    await using allowed = await serveProbes(folder, program, { lines: ['exec: allow'], rules: ABLE });
    // The kernel refuses a file that is to be able to more than the bounding set has.
    expect(await allowed.attempt('exec-file-capability')).toBe('EPERM');
    expect(await allowed.attempt('exec-as-root')).toBe(`uid ${PROBE_UID} is able to 0`);
  });
});

describe('a service that stays root', () => {
  test('has no capability, and gets none by an exec or by other secure bits', async () => {
    const { bareRoot, folder, program } = ground();
    expect(await bareRoot.attempt('exec-as-root')).toMatch(/^uid 0 is able to [1-9a-f]/);
    expect(await bareRoot.attempt('unlock-secure-bits')).toBe('done');
    const root = ['user: root', 'reason: to see what it is able to'];
    await using service = await serveProbes(folder, program, {
      lines: [...root, 'exec: allow'],
      rules: [...ABLE, 'prctl'],
    });
    expect(await service.attempt('exec-as-root')).toBe('uid 0 is able to 0');
    expect(await service.attempt('exec-set-user-id')).toBe(RUNS_AS_ROOT);
    expect(await service.attempt('unlock-secure-bits')).toBe('EPERM');
    await using able = await serveProbes(folder, program, {
      lines: [...root, 'exec: allow', 'capabilities: [setpcap]'],
      rules: [...ABLE, 'prctl'],
    });
    expect(await able.attempt('exec-as-root')).toBe('uid 0 is able to 100');
    expect(await able.attempt('unlock-secure-bits')).toBe('EPERM');
  });
});

describe('a script, whose interpreter belongs to its own exec', () => {
  test('is started, and starts nothing', async () => {
    const { folder, program, bare } = ground();
    expect(await bare.attempt('exec-path')).toBe(RUNS);
    const script = folder.write(
      'script.sh',
      `#!/bin/sh\nread -r line\necho started\nexec ${program} again 2>&1\n`,
    );
    chmodSync(script, 0o755);
    await using served = await serveProbes(folder, program, { run: script });
    expect(await served.attempt('')).toBe('started, then SIGSYS');
    await using built = await serveBuiltProbes(folder, program, { run: script });
    expect(await built.attempt('')).toBe('started, then SIGSYS');
    const lines = [`user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`];
    const options = { args: ['--unprivileged'], uid: ORDINARY_UID };
    await using asked = await serveProbes(folder, program, { run: script, lines }, options);
    expect(await asked.attempt('')).toMatch(/^started\n.*probe: Operation not permitted$/);
    await using allowed = await serveProbes(folder, program, { run: script, lines: ['exec: allow'] });
    expect(await allowed.attempt('')).toBe(`started\n${RUNS}`);
  });
});

describe('an executable of its own that an ordinary user starts', () => {
  test('confines its sessions as run does', async () => {
    const { folder, program } = ground();
    const user = [`--reuid=${ORDINARY_UID}`, `--regid=${ORDINARY_UID}`, '--clear-groups'];
    await using service = await serveBuiltProbes(
      folder,
      program,
      {},
      { args: ['--unprivileged'], prefix: ['setpriv', ...user] },
    );
    expect(await service.attempt('exec-path')).toBe('EPERM');
    expect(await service.attempt('exec-path-in-thread')).toBe('EPERM');
    expect(await service.attempt('show-descriptors')).toBe('0=socket 1=socket 2=pipe');
    expect(await service.attempt('show-status')).toMatch(/CapPrm:\t0+;CapEff:\t0+;CapBnd:\t0+;CapAmb:\t0+;/);
    expect(await service.attempt('write-temporary')).toBe('EACCES');
    expect(await service.attempt('process-signal 1')).toBe('EPERM');
    for (const request of ['dial 9', 'process-limit 1', 'unshare-user', 'memory-made-executable'])
      expect(await service.attempt(request), request).toBe('SIGSYS');
  });
});

describe('without CAP_SYS_RAWIO', () => {
  test('the gate says who was refused a second program', async () => {
    const { unprivileged } = ground();
    const before = unprivileged.launch.events.length;
    await unprivileged.attempt('exec-path');
    await unprivileged.attempt('exec-at-descriptor');
    const refused = unprivileged.launch.events.slice(before).filter(({ event }) => event === 'exec-refused');
    const sessions = unprivileged.launch.events.slice(before).filter(({ event }) => event === 'start');
    expect(refused.map(({ session }) => session)).toEqual(sessions.map(({ session }) => session));
    expect(refused).toHaveLength(2);
  });
});
