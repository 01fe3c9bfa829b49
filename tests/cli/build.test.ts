import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';

const LEAST = `portcullis: 1\nservice: echo\nlisten: tcp://127.0.0.1:${freePort()}\nrun: [/bin/cat]\n`;

interface Built {
  readonly code: number | null;
  readonly stderr: string;
  readonly there: boolean;
}

async function build(text: string, ...args: readonly string[]): Promise<Built> {
  using folder = new TestFolder();
  const output = join(folder.path, 'out');
  const file = folder.write('echo.yaml', text);
  const { code, stderr } = await portcullis(['build', file, '-o', output, ...args]);
  return { code, stderr, there: existsSync(output) };
}

describe('the oldest kernel of an executable', () => {
  test('that has no Landlock is refused as what was asked for, not as the kernel that runs', async () => {
    const { code, stderr, there } = await build(LEAST, '--kernel', '5.10');
    expect(stderr).toContain(
      'error: the oldest kernel, 5.10, has no Landlock; ABI 6 (Linux 6.12) keeps the sessions of a service apart [landlock-missing]',
    );
    expect(stderr).toContain('name 6.12 or a newer one with --kernel, or write `landlock: best-effort`');
    expect(stderr).not.toContain('this kernel');
    expect({ code, there }).toEqual({ code: 1, there: false });
  });

  test('that has some Landlock is told with its version', async () => {
    const { stderr } = await build(LEAST, '--kernel', '6.7');
    expect(stderr).toContain('the oldest kernel, 6.7, has Landlock ABI 4; ABI 6');
  });

  test('that no launch is possible on', async () => {
    const { code, stderr, there } = await build(`${LEAST}landlock: best-effort\n`, '--kernel', '5.4');
    expect(stderr).toContain(
      'error: the oldest kernel is set to 5.4; a launch needs 5.9 [kernel-too-old]\n  = help: name 5.9 or a newer one with --kernel\n',
    );
    expect({ code, there }).toEqual({ code: 1, there: false });
  });

  test('may be old where the policy goes with what it has', async () => {
    const { code, stderr, there } = await build(`${LEAST}landlock: best-effort\n`, '--kernel', '5.9');
    expect({ code, stderr, there }).toEqual({ code: 0, stderr: '', there: true });
  });

  test.each(['6', 'new', '6.12.1-amd64'])('%s is no version', async (version) => {
    const { code, stderr } = await build(LEAST, '--kernel', version);
    expect(stderr).toBe(`portcullis: --kernel takes a version such as 6.12, found '${version}'\n`);
    expect(code).toBe(2);
  });
});

describe('the file to write', () => {
  test.each([
    ['none/out', 'its directory does not exist'],
    ['taken', 'it is a directory'],
  ])('%s: %s', async (name, reason) => {
    using folder = new TestFolder();
    mkdirSync(join(folder.path, 'taken'));
    const output = join(folder.path, name);
    const file = folder.write('echo.yaml', LEAST);
    const { code, stderr } = await portcullis(['build', file, '-o', output]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `portcullis: cannot write '${output}': ${reason}\n`,
    });
  });
});
