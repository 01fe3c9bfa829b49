import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { launchReady } from '../support/launch.ts';
import { NODE, PROGRAM, portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = String(freeUser());

describe('run with the keys of a policy as flags', () => {
  test('serves a program that PATH finds, without a file', async () => {
    const port = freePort();
    const flags = ['--listen', `tcp://127.0.0.1:${port}`, '--user', USER, '--group', USER];
    await using running = await launchReady(['--', 'cat'], {
      args: [...flags, '--rlimit', 'nofile=32'],
      services: 1,
    });
    expect(await exchange(port, 'hello\n')).toBe('hello\n');
    expect(running.events[0]).toMatchObject({ event: 'ready', service: 'cat' });
  });

  test('saves the policy that they make, which serves the same', async () => {
    using folder = new TestFolder();
    const file = join(folder.path, 'saved.yaml');
    const port = freePort();
    const flags = ['--listen', `tcp://127.0.0.1:${port}`, '--user', USER, '--group', USER];
    const args = ['run', '--save', file, ...flags, '--limit', 'sessions=4', '--', '/bin/cat'];
    const saved = await portcullis(args);
    expect(saved).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toContain('# ');
    await using running = await launchReady([file]);
    expect(await exchange(port, 'hello\n')).toBe('hello\n');
    expect(running.events[0]).toMatchObject({ service: 'cat' });
    const again = await portcullis(args);
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain('exists');
  });

  test('prints the policy that they make where FILE is -, also one that wraps', async () => {
    const { code, stdout } = await portcullis(['run', '--save', '-', '--user', 'nobody', '--', '/bin/cat']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^run: \[\/bin\/cat\]$/m);
  });

  test('without listen it wraps the program', () => {
    const flags = ['--user', USER, '--group', USER];
    const { stdout, status } = spawnSync(NODE, [PROGRAM, 'run', ...flags, '--', 'cat'], {
      input: 'through\n',
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
    expect({ stdout, status }).toEqual({ stdout: 'through\n', status: 0 });
  });

  test.each<readonly [what: string, args: readonly string[], code: number, message: RegExp]>([
    ['a program that is nowhere', ['--', 'no-such-program'], 127, /no directory of PATH has a program/],
    [
      'a file to save in a directory that is not there',
      ['--save', '/no-such-directory/cat.yaml', '--', 'cat'],
      125,
      /^portcullis: cannot write '\/no-such-directory\/cat\.yaml': its directory does not exist\n$/,
    ],
    ['a flag without a program', ['--user', 'nobody'], 125, /needs a program/],
    [
      'a program that is not behind --',
      ['--user', 'nobody', 'tr', 'a-z', 'A-Z'],
      125,
      /^portcullis: there is no policy file 'tr'; a program is written behind --: -- tr a-z A-Z\n$/,
    ],
    [
      'root without a reason, told once',
      ['--user', 'root', '--', 'cat'],
      125,
      /^[^[]*\[root-without-reason\][^[]*$/,
    ],
    ['two policies', ['-p', 'a.yaml', 'b.yaml'], 125, /are both policies/],
    ['flags for several files', ['--user', 'nobody', 'a.yaml', 'b.yaml'], 125, /is about one policy/],
    [
      'a wrong value, with a caret under it',
      ['--listen', 'tcp://localhost:7', '--', 'cat'],
      125,
      /^command line:1:\d+: error: [\s\S]*portcullis run --listen tcp:\/\/localhost:7 -- cat\n +\| +\^/,
    ],
  ])('%s is one clear error', async (_, args, code, message) => {
    const answer = await portcullis(['run', ...args]);
    expect(answer.stderr).toMatch(message);
    expect(answer.code).toBe(code);
    expect(existsSync('a.yaml')).toBe(false);
  });
});
