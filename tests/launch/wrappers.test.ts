import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { WRAPPERS } from '../../src/host/starts/wrappers.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const USER = freeUser();

/** Wrappers that every host has (coreutils, util-linux), each with words that do nothing to the command. */
const COMMANDS: readonly (readonly string[])[] = [
  ['env', 'A=b'],
  ['nice', '-n', '0'],
  ['timeout', '60'],
  ['stdbuf', '-o', 'L'],
  ['nohup'],
  ['setsid', '--wait'],
  ['setpriv', '--pdeathsig', 'clear'],
  ['taskset', '-c', '0'],
  ['ionice', '-c', '2', '-n', '7'],
  ['chrt', '--other', '0'],
  ['prlimit', '--core=0'],
  ['flock', '/'],
  ['chroot', '/'],
  ['unshare', '--ipc'],
  ['runuser', '-u', 'root', '--'],
];

let folder: TestFolder;
beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(command: string, args: readonly string[]): Told {
  const options = { encoding: 'utf8', timeout: PATIENCE_MS, env: { PATH, HOME: '/' } } as const;
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status, stdout, stderr };
}

/** Wraps a command. Only the second exec can be refused: every call but those that open a boundary is allowed. */
function wrap(lines: string, run: string): Told {
  const head = `portcullis: 1\nservice: wrapped\nuser: ${USER}\ngroup: ${USER}\nseccomp: { default: allow, rules: [] }\n`;
  return start(NODE, [PROGRAM, 'run', folder.write('wrapped.yaml', `${head}${lines}${run}\n`)]);
}

function pathOf(name: string): string {
  const path = findProgram(name, PATH);
  if (path === undefined || !existsSync(path)) throw new Error(`${name} is not installed`);
  return path;
}

describe.each(COMMANDS.map((words) => [words[0] ?? '', words] as const))('%s', (name, [, ...words]) => {
  test('starts the command, and check says so with the command itself', () => {
    expect(Object.keys(WRAPPERS)).toContain(name);
    const path = pathOf(name);
    expect(start(path, [...words, 'echo', 'started']).stdout).toBe('started\n');
    const told = wrap(
      '',
      `run: [${[path, ...words, 'echo', 'started'].map((word) => `"${word}"`).join(', ')}]`,
    );
    expect(told.stderr).toContain(`${path} starts 'echo', but `);
    expect(told.stderr).toMatch(/write run: \[\/usr\/bin\/echo, started\]/);
    expect(told).toMatchObject({ status: 125, stdout: '' });
  });
});

/** Outside of the directories of the system the name proves nothing, so that check only warns. */
describe.each(['env', 'nice', 'stdbuf'])('a copy of %s in another folder', (name) => {
  test('is started, and its command is refused unless the policy lets it', () => {
    const copy = join(folder.path, name);
    copyFileSync(pathOf(name), copy);
    const words = name === 'stdbuf' ? ', -oL' : '';
    const run = `run: [${copy}${words}, echo, started]`;
    const told = wrap('', run);
    expect(told.stderr).toContain(`warning: ${copy} starts 'echo'`);
    expect(told).toMatchObject({ status: 126, stdout: '' });
    expect(wrap('exec: allow\n', run)).toMatchObject({ status: 0, stdout: 'started\n' });
    expect(wrap('', 'run: [/usr/bin/echo, started]')).toMatchObject({ status: 0, stdout: 'started\n' });
  });
});

describe('a script', () => {
  test('of env is an error that names the interpreter, which works', () => {
    const script = folder.write('by-env', '#!/usr/bin/env bash\necho started\n', 0o755);
    const told = wrap('', `run: [${script}]`);
    expect(told.stderr).toContain(`/usr/bin/env, which the first line of ${script} names, starts 'bash'`);
    const [, line = ''] = /help: write (run: \[[^\]]*\])/.exec(told.stderr) ?? [];
    expect(line).toBe(`run: [/usr/bin/bash, ${script}]`);
    expect(wrap('', line)).toMatchObject({ status: 0, stdout: 'started\n' });
    expect(wrap('exec: allow\n', `run: [${script}]`)).toMatchObject({ status: 0, stdout: 'started\n' });
  });

  test('of env with one word too many is an error everywhere, as env says', () => {
    const script = folder.write('one-word', '#!/usr/bin/env bash -u\necho started\n', 0o755);
    expect(start(script, [])).toMatchObject({ status: 127, stdout: '' });
    const told = wrap('exec: allow\n', `run: [${script}]`);
    expect(told).toMatchObject({ status: 125, stdout: '' });
    const [, line = ''] = /help: write (run: \[[^\]]*\])/.exec(told.stderr) ?? [];
    expect(line).toBe(`run: [/usr/bin/bash, -u, ${script}]`);
    expect(wrap('', line)).toMatchObject({ status: 0, stdout: 'started\n' });
  });

  test('of a shell says which programs it starts, and its built-ins work', () => {
    const script = folder.write(
      'names',
      '#!/bin/bash\nif [ $# = 0 ]; then id -u; fi\necho built-in\n',
      0o755,
    );
    const told = wrap('', `run: [${script}]`);
    expect(told.stderr).toContain(`warning: the shell script ${script} starts 'id' (line 2)`);
    expect(told.stdout).toBe('built-in\n');
    const allowed = wrap('exec: allow\n', `run: [${script}]`);
    expect(allowed).toMatchObject({ status: 0, stdout: `${USER}\nbuilt-in\n` });
    expect(allowed.stderr).not.toContain('starts');
  });

  test('in the arguments of a shell is an error when it begins with a program', () => {
    const told = wrap('', 'run: [/bin/sh, -c, "exec id -u"]');
    expect(told.stderr).toMatch(/error: the text for the shell starts 'id'/);
    const [, line = ''] = /help: write (run: \[[^\]]*\])/.exec(told.stderr) ?? [];
    expect(wrap('', line)).toMatchObject({ status: 0, stdout: `${USER}\n` });
  });

  test('is a warning that can be accepted', () => {
    const script = folder.write('accepted', '#!/bin/bash\nif false; then id -u; fi\necho built-in\n', 0o755);
    const told = wrap('accept: { exec: never without an argument }\n', `run: [${script}]`);
    expect(told).toMatchObject({ status: 0, stdout: 'built-in\n' });
    expect(told.stderr).not.toContain('starts');
  });
});
