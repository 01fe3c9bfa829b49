import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { Launch, launch } from '../support/launch.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();

/** What is wrong with a program, and how that is told before a launch. */
interface Fault {
  readonly what: string;
  /** Absent: the program is not there. */
  readonly text?: string | undefined;
  readonly mode?: number;
  readonly message: RegExp;
  readonly help: RegExp;
  readonly code: number;
}

const FAULTS: readonly Fault[] = [
  { what: 'missing', message: /cannot be reached: it does not exist/, help: /install it/, code: 127 },
  {
    what: 'not executable',
    text: '#!/bin/sh\n',
    mode: 0o644,
    message: /is not executable by the service/,
    help: /its mode .* namei -l/,
    code: 126,
  },
  {
    what: 'a script whose interpreter is missing',
    text: '#!/usr/bin/absent-interpreter\n',
    message: /the interpreter '\/usr\/bin\/absent-interpreter' of .* cannot be reached/,
    help: /install it/,
    code: 127,
  },
  {
    what: 'a script with carriage returns',
    text: '#!/bin/sh\r\n',
    message: /the interpreter '\/bin\/sh\\r' of .* cannot be reached/,
    help: /line ends of Unix/,
    code: 127,
  },
  {
    what: 'a script without an interpreter line',
    text: 'echo hello\n',
    message: /is neither a program for this kernel nor a script/,
    help: /begins with #!/,
    code: 126,
  },
];

let folder: TestFolder;
beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

const listen = (): string => `listen: tcp://127.0.0.1:${freePort()}`;
const wrapped = (): string => 'description: without listen';

function writePolicy(name: string, line: string, program: string): string {
  const lines = [
    'portcullis: 1',
    'service: bad',
    line,
    `run: [${program}]`,
    `user: ${USER}`,
    `group: ${USER}`,
  ];
  return folder.write(name, `${lines.join('\n')}\n`);
}

function put({ text, mode = 0o755 }: Pick<Fault, 'text' | 'mode'>): string {
  const path = join(folder.path, 'program');
  rmSync(path, { force: true });
  if (text === undefined) return path;
  folder.write('program', text);
  chmodSync(path, mode);
  return path;
}

describe.each(FAULTS)('a program that is $what', (fault) => {
  test.each([
    ['served', listen],
    ['wrapped', wrapped],
  ])('%s by run: one error with its fix, nothing started', async (_, line) => {
    const file = writePolicy('bad.yaml', line(), put(fault));
    const running = launch([file]);
    const { code } = await running.exited;
    expect(running.stderr.match(/error:/g)).toHaveLength(1);
    expect(running.stderr).toMatch(/bad\.yaml:4:7: error: /);
    expect(running.stderr).toMatch(fault.message);
    expect(running.stderr).toMatch(fault.help);
    expect(running.stderr).toContain('portcullis: nothing was started\n');
    expect(running.events).toEqual([]);
    expect(code).toBe(fault.code);
  });

  test('is not built', async () => {
    const file = writePolicy('bad.yaml', listen(), put(fault));
    const output = join(folder.path, 'not-built');
    const { code, stderr } = await portcullis(['build', file, '-o', output]);
    expect(stderr.match(/error:/g)).toHaveLength(1);
    expect(stderr).toMatch(fault.message);
    expect(code).toBe(1);
    expect(spawnSync(output).error).toMatchObject({ code: 'ENOENT' });
  });
});

async function build(line: string, text: string): Promise<string> {
  const output = join(folder.path, 'built');
  const file = writePolicy('built.yaml', line, put({ text }));
  const { code, stderr } = await portcullis(['build', file, '-o', output]);
  if (code !== 0) throw new Error(stderr);
  return output;
}

interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an executable that is to end by itself. */
function runBuilt(command: string, args: readonly string[] = []): Told {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: PATIENCE_MS });
  return { status, stdout, stderr };
}

describe.each([
  ['serves', listen],
  ['wraps', wrapped],
])('an executable of its own that %s', (_, line) => {
  test.each([
    ['missing', { text: undefined }, 'ENOENT', 127],
    ['not executable', { text: '#!/bin/sh\n', mode: 0o644 }, 'EACCES', 126],
  ] as const)('tells that the program is %s where it runs', async (_what, program, errno, code) => {
    const built = await build(line(), '#!/bin/sh\n');
    const path = put(program);
    const { status, stdout, stderr } = runBuilt(built);
    expect(stderr).toMatch(new RegExp(`^bad: not started: faccessat answered ${errno}\\n`));
    expect(stderr).toContain(`"${path}"`);
    expect(stderr).toMatch(
      /the program has to be installed here, and the user of the service may execute it/,
    );
    expect(stderr).toMatch(/built\.yaml:4\]\n$/);
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
  });

  test('tells that the interpreter of the script is missing where it runs', async () => {
    const interpreter = folder.write('interpreter', '#!/bin/sh\n', 0o755);
    chmodSync(interpreter, 0o755);
    const built = await build(line(), `#!${interpreter}\n`);
    rmSync(interpreter);
    const { status, stdout, stderr } = runBuilt(built);
    expect(stderr).toMatch(/^bad: not started: faccessat answered ENOENT\n/);
    expect(stderr).toContain(`"${interpreter}"`);
    expect(stderr).toContain('so have the interpreter of a script and the loader of a program');
    expect({ status, stdout }).toEqual({ status: 127, stdout: '' });
  });

  test('tells it although its outer gate was still busy when the inner one failed', async () => {
    const built = await build(line(), '#!/bin/sh\n');
    put({ text: undefined });
    // The third close_range is the outer gate's last one; the inner gate has no third.
    const slowly = ['-f', '-qq', '-o', '/dev/null', '-e', 'inject=close_range:delay_enter=300ms:when=3'];
    const { status, stderr } = runBuilt('strace', [...slowly, built]);
    expect(stderr).toMatch(/^bad: not started: faccessat answered ENOENT\n/);
    expect(status).toBe(127);
  });
});

test('a wrapped program that is no program any more is told by the step that starts it', async () => {
  const built = await build(wrapped(), '#!/bin/sh\n');
  put({ text: 'echo hello\n' });
  const { status, stdout, stderr } = runBuilt(built);
  expect(stderr).toMatch(/^bad: not started: exec answered ENOEXEC\n +\d+ {2}exec /);
  expect({ status, stdout }).toEqual({ status: 126, stdout: '' });
});

test('a served program that is no program any more is told in each session', async () => {
  const port = freePort();
  const built = await build(`listen: tcp://127.0.0.1:${port}`, '#!/bin/sh\n');
  put({ text: 'echo hello\n' });
  const running = new Launch(spawn(built, { stdio: ['ignore', 'pipe', 'pipe'] }));
  await running.waitFor(({ event }) => event === 'ready');
  expect(await exchange(port, '')).toBe('');
  const failed = await running.waitFor(({ event }) => event === 'failed');
  expect(failed).toMatchObject({ call: 'exec', line: 4, result: -8, errno: 'ENOEXEC', session: 1 });
  expect(await running.waitFor(({ event }) => event === 'end')).toMatchObject({ status: 125 });
  expect(await running.stop()).toBe(0);
});
