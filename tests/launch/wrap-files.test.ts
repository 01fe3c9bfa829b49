import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = String(freeUser());
const SIGXFSZ = 128 + 25;

/** Runs a command with standard output redirected to a file, and with what it says on standard error. */
function redirected(
  folder: TestFolder,
  options: readonly string[],
  command: readonly string[],
): { readonly status: number | null; readonly stderr: string; readonly file: string } {
  const path = join(folder.path, 'output');
  const output = openSync(path, 'w');
  const args = [PROGRAM, 'run', '--user', USER, '--group', USER, ...options, '--', ...command];
  const { status, stderr } = spawnSync(NODE, args, {
    input: 'hello\n',
    stdio: ['pipe', output, 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  closeSync(output);
  return { status, stderr, file: readFileSync(path, 'utf8') };
}

describe('a wrapped program whose output is a file', () => {
  test('fills it', () => {
    using folder = new TestFolder();
    expect(redirected(folder, [], ['cat'])).toEqual({ status: 0, stderr: '', file: 'hello\n' });
  });

  test('with a limit fills it up to there', () => {
    using folder = new TestFolder();
    const { status, stderr, file } = redirected(folder, ['--rlimit', 'fsize=4'], ['cat']);
    expect(stderr).toBe(
      'cat: ended with status 153 (SIGXFSZ): a file larger than rlimits.fsize; --rlimit fsize=SIZE allows larger ones\n',
    );
    expect({ status, file }).toEqual({ status: SIGXFSZ, file: 'hell' });
  });

  test.each([
    ['--landlock', 'best-effort'],
    ['--writable', '/tmp'],
  ])('writes nothing where it might write to other files too: %s %s', (...options) => {
    using folder = new TestFolder();
    const { status, file } = redirected(folder, options, ['cat']);
    expect({ status, file }).toEqual({ status: SIGXFSZ, file: '' });
  });

  test('still has no other file, although all may write there', () => {
    using folder = new TestFolder();
    const open = join(folder.path, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const write = ['sh', '-c', `echo mine; echo theirs > ${open}/file`];
    const rules = ['@start', '@stdio', '@identity', '@read-files', '@write-files'].flatMap((rule) => [
      '--rule',
      rule,
    ]);
    const confined = redirected(folder, rules, write);
    expect(confined.file).toBe('mine\n');
    expect(confined.stderr).toContain('Permission denied');
    expect(existsSync(join(open, 'file'))).toBe(false);
    const allowed = [...rules, '--writable', open, '--rlimit', 'fsize=1MiB'];
    expect(redirected(folder, allowed, write)).toEqual({ status: 0, stderr: '', file: 'mine\n' });
    expect(readFileSync(join(open, 'file'), 'utf8')).toBe('theirs\n');
  });
});
