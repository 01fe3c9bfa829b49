import { describe, expect, test } from 'vitest';
import { NODE_VERSIONS } from '../support/node-versions.ts';
import { runProbe } from './support/run-probe.ts';

/** Threads of Node start programs and read files; of the four things that the probe tries none is allowed. */
const OPTIONS = {
  filter: { rules: ['@node', '@jit', '@read-files', '@fork'] },
  rlimits: { nofile: { soft: 200, hard: 300 }, core: 0, fsize: 1_000_000 },
};

const FREE = { write: 'done', pool: 'done', exec: 'status 0', socket: 'ECONNREFUSED' };
const DENIED = { write: 'EPERM', pool: 'EPERM', exec: 'EPERM', socket: 'EPERM' };
const ALLOWED = { zipped: true, address: '127.0.0.1', sum: expect.any(Number) };

/** Rings are made by libuv 1.50 and later. */
const RINGS: Readonly<Record<string, number>> = { '20': 0 };

describe.each(NODE_VERSIONS)('Node %s', (version) => {
  test('is free without the call', () => {
    const { stdout, stderr, end } = runProbe(version, 'attempts.mjs');
    expect({ stderr, end }).toEqual({ stderr: '', end: 0 });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ main: FREE, before: FREE, after: FREE, allowed: ALLOWED, echo: 'echo' });
  });

  test('is confined in the main thread, in the pool, and in Workers from before and after the call', () => {
    const { stdout, stderr, end } = runProbe(version, 'attempts.mjs', { args: [JSON.stringify(OPTIONS)] });
    expect({ stderr, end }).toEqual({ stderr: '', end: 0 });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      main: DENIED,
      before: DENIED,
      after: DENIED,
      allowed: ALLOWED,
      echo: 'echo',
    });
    expect(report.threads.length).toBeGreaterThan(8);
    for (const thread of report.threads) expect(thread).toEqual([2, 1]);
    expect(report.confinement.threads).toBeGreaterThan(6);
    const [major = ''] = version.split('.');
    if (major in RINGS) expect(report.confinement.rings).toBe(RINGS[major]);
    else expect(report.confinement.rings).toBeGreaterThan(1);
    expect(report.limits).toMatch(/^Max open files +200 +300 /m);
    expect(report.limits).toMatch(/^Max core file size +0 +0 /m);
    expect(report.limits).toMatch(/^Max file size +1000000 +1000000 /m);
  });

  test('does without writable code when it is started with --jitless', () => {
    const options = { filter: ['@node', '@read-files', '@fork'] };
    const { stdout, stderr, end } = runProbe(version, 'attempts.mjs', {
      args: [JSON.stringify(options)],
      // Older versions say on standard error that WebAssembly is off as well, unless they are told.
      nodeArgs: ['--jitless', ...(/^2[02]\./.test(version) ? ['--no-expose-wasm'] : [])],
    });
    expect({ stderr, end }).toEqual({ stderr: '', end: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ main: DENIED, before: DENIED, after: DENIED, echo: 'echo' });
  });
});

describe.each(NODE_VERSIONS)('a confinement under Node %s', (version) => {
  const EPERM = 1;
  // As much as a shell needs, and no writable code: the probe runs with --jitless.
  const filter = ['@node', '@read-files', '@fork', '@identity', '@start', '@stdio', 'execve'];
  const options = JSON.stringify({ filter, rlimits: { nofile: 100 } });
  const nodeArgs = ['--jitless', ...(/^2[02]\./.test(version) ? ['--no-expose-wasm'] : [])];

  /** What the program says, in one line, and the report. */
  function tellings(
    stdout: string,
  ): readonly [program: string, report: Readonly<Record<'main' | 'worker', object>>] {
    const lines = stdout.trimEnd().split('\n');
    const report = JSON.parse(lines.pop() ?? '');
    return [lines.join(' ').replaceAll(/\s+/g, ' '), report];
  }

  test('that has not begun keeps nobody from anything', () => {
    const { stdout, stderr } = runProbe(version, 'undo.mjs', { nodeArgs });
    expect(stderr).toBe('');
    const [program, { main, worker }] = tellings(stdout);
    const done = { limit: 'done', 'writable code': 'done', 'another filter': 'done', memory: 'done' };
    expect({ main, worker }).toMatchObject({ main: done, worker: done });
    expect(program).toMatch(/^NoNewPrivs: 0 Seccomp: 0 \d+ written$/);
  });

  test('is undone by no native code, in no thread, and inherited by programs', () => {
    const { stdout, stderr } = runProbe(version, 'undo.mjs', { args: [options], nodeArgs });
    expect(stderr).toBe('');
    const [program, { main, worker }] = tellings(stdout);
    const refused = Object.fromEntries(
      Object.keys(main).map((name) => [name, name === 'memory' ? 'EPERM' : EPERM]),
    );
    expect({ main, worker }).toEqual({ main: refused, worker: refused });
    expect(program).toMatch(/^NoNewPrivs: 1 Seccomp: 2 100 .*: cannot create .*: Operation not permitted$/);
  });
});

describe.each(NODE_VERSIONS)('io_uring under Node %s', (version) => {
  const options = JSON.stringify({ filter: ['@node', '@jit', '@read-files'] });
  const ENOSYS = 38;
  const EACCES = 13;

  test('a ring opens files past every filter', () => {
    const { stdout, stderr } = runProbe(version, 'ring.mjs');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ entered: 1, exists: true, second: 'made' });
  });

  test('a ring from before the call is sealed, and no other can be made', () => {
    const { stdout, stderr } = runProbe(version, 'ring.mjs', { args: [options] });
    expect(stderr).toBe('');
    const sealed = { report: true, entered: 1, answer: -EACCES, exists: false, second: ENOSYS };
    expect(JSON.parse(stdout)).toEqual(sealed);
  });
});

describe('confine() that fails', () => {
  const newest = NODE_VERSIONS.at(-1) ?? '';

  function failure(
    name: string,
    version = newest,
    environment: Readonly<Record<string, string>> = {},
  ): unknown {
    const { stdout, stderr } = runProbe(version, 'failures.mjs', { args: [name], environment });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }

  test('says which thread has a filter that cannot be replaced', () => {
    expect(failure('thread')).toEqual({
      filtered: 0,
      found: {
        name: 'ConfineError',
        message: 'thread N has a filter of its own, which this one cannot be put on; no thread has it',
        step: 'filter',
        unchanged: false,
      },
    });
  });

  test('is refused in a Worker', () => {
    expect(failure('worker')).toMatchObject({ name: 'ConfineError', step: 'options', unchanged: true });
  });

  test('says which limit cannot be set, with the errno', () => {
    expect(failure('limit')).toEqual({
      name: 'ConfineError',
      message: 'prlimitN failed (nofile: a hard limit can only be lowered): EPERM',
      step: 'rlimits',
      errno: 1,
      unchanged: false,
    });
  });

  test('does not begin beside a ring that the kernel polls', () => {
    const found = failure('polled', NODE_VERSIONS[0], { UV_USE_IO_URING: '1' });
    expect(found).toMatchObject({ step: 'rings', unchanged: true });
    expect(found).toMatchObject({ message: expect.stringContaining('start Node without UV_USE_IO_URING') });
  });

  test.each(NODE_VERSIONS)('may be called again where the first filter lets it, under Node %s', (version) => {
    const rings = !version.startsWith('20.');
    expect(failure('twice', version)).toEqual({ first: { rings }, second: { rings } });
  });
});
