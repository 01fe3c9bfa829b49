import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { checkThreads, type LinkedProgram } from '../../src/host/check-threads.ts';
import { readImports } from '../../src/host/elf/imports.ts';
import { readFrom } from '../../src/host/elf/read-at.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { samplePolicy } from '../support/policy.ts';

const MIB = 1024n * 1024n;

/** A limit of MiB, soft and hard; undefined is the default of a policy. */
function policy(limits: { readonly as?: bigint; readonly data?: bigint; readonly stack?: bigint }): Policy {
  const sample = samplePolicy();
  const limit = (mebibytes: bigint): { soft: bigint; hard: bigint } => ({
    soft: mebibytes * MIB,
    hard: mebibytes * MIB,
  });
  const rlimits = {
    ...sample.rlimits,
    as: limit(limits.as ?? 1024n),
    data: limit(limits.data ?? 256n),
    stack: limit(limits.stack ?? 8n),
  };
  return { ...sample, rlimits };
}

function told(program: Partial<LinkedProgram>, limits: Parameters<typeof policy>[0]): readonly string[] {
  const found: string[] = [];
  const whole = {
    path: '/usr/bin/x',
    words: ['x'],
    needed: [],
    imports: new Set<string>(),
    environment: new Map(),
    ...program,
  };
  checkThreads(whole, policy(limits), (code, _, message) => found.push(`${code}: ${message}`));
  return found;
}

const THREADED = { imports: new Set(['pthread_create']) };
const JAVA = { path: '/usr/lib/jvm/bin/java', needed: ['libz.so.1', 'libjli.so', 'libc.so.6'] };
const SPARING = ['-Xmx64m', '-XX:CompressedClassSpaceSize=32m', '-XX:ReservedCodeCacheSize=32m'];

describe('threads', () => {
  test('fit into the limits of a policy that says nothing', () => {
    expect(told(THREADED, {})).toEqual([]);
    expect(told({}, { data: 8n })).toEqual([]);
  });

  test.each([
    [{ data: 64n }, 'rlimits.data (64MiB) has room for 7 stacks of rlimits.stack (8MiB)'],
    [{ as: 32n }, 'rlimits.as (32MiB) has room for 3 stacks of rlimits.stack (8MiB)'],
    [{ data: 4n }, 'rlimits.data (4MiB) has room for 0 stacks of rlimits.stack (8MiB)'],
  ])('%o', (limits, text) => {
    expect(told(THREADED, limits)).toEqual([`limits-threads: /usr/bin/x may start threads, and ${text}`]);
    expect(told({ needed: ['libpthread.so.0'] }, limits)).toHaveLength(1);
  });

  test('fit with smaller stacks', () => {
    expect(told(THREADED, { data: 64n, stack: 1n })).toEqual([]);
  });
});

describe('runtimes', () => {
  test('a Java virtual machine does not start with the defaults, and does with options', () => {
    expect(told(JAVA, {})).toEqual([
      'limits-runtime: /usr/lib/jvm/bin/java is a Java virtual machine and does not start with rlimits.data below 512MiB or as below 4GiB',
    ]);
    expect(told({ ...JAVA, path: '/opt/server' }, {})).toHaveLength(1);
    expect(told({ ...JAVA, words: ['java', ...SPARING] }, {})).toEqual([]);
    expect(told({ ...JAVA, words: ['java', '-Xmx64m'] }, {})).toHaveLength(1);
    expect(told({ ...JAVA, environment: new Map([['JAVA_TOOL_OPTIONS', SPARING.join(' ')]]) }, {})).toEqual(
      [],
    );
    expect(told(JAVA, { as: 8192n, data: 1024n })).toEqual([]);
  });

  test('Node and nbdkit', () => {
    expect(told({ path: '/usr/bin/node' }, {})).toEqual([]);
    expect(told({ path: '/usr/bin/node' }, { as: 512n })).toHaveLength(1);
    expect(told({ needed: ['libnode.so.115'] }, { as: 512n })).toHaveLength(1);
    expect(told({ path: '/usr/bin/node', words: ['node', '--jitless'] }, { as: 512n })).toEqual([]);
    expect(told({ path: '/usr/bin/nbdkit' }, {})).toEqual([]);
    expect(told({ path: '/usr/bin/nbdkit' }, { data: 128n })).toHaveLength(1);
  });
});

test('the imports of a program are those that nm prints', () => {
  for (const path of [process.execPath, '/bin/ls', '/bin/bash']) {
    const { stdout } = spawnSync('nm', ['-D', '--undefined-only', path], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const printed = stdout.split('\n').flatMap((line) => /^\s+[Uwv] ([^@\s]+)/.exec(line)?.[1] ?? []);
    expect(printed.length).toBeGreaterThan(20);
    expect([...(readFrom(path, readImports) ?? [])].sort()).toEqual([...new Set(printed)].sort());
  }
});

/** The figures of the lint, by Node itself: what it says does not start does not, and above it starts. */
test('Node starts above its figure of rlimits.as, and not far below', () => {
  const start = (mebibytes: number): number | null =>
    spawnSync('prlimit', [`--as=${mebibytes * 1024 * 1024}`, process.execPath, '-e', '0'], {
      stdio: 'ignore',
    }).status;
  expect(start(256)).not.toBe(0);
  expect(start(1024)).toBe(0);
});
