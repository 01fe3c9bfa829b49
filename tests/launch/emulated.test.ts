import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();

const POLICY = `portcullis: 1
service: cat
run: [/bin/cat]
user: ${USER}
group: ${USER}
landlock: best-effort
`;

async function build(folder: TestFolder, ...args: readonly string[]): Promise<string> {
  const output = join(folder.path, 'cat');
  const file = folder.write('cat.yaml', POLICY);
  const { code, stderr } = await portcullis(['build', file, '-o', output, ...args]);
  if (code !== 0) throw new Error(stderr);
  return output;
}

/** An emulator has the calls of its machine, the processor and the memory, but confines nothing. */
describe.each([
  ['x86_64', 'qemu-x86_64-static'],
  ['aarch64', 'qemu-aarch64-static'],
])('an executable for %s', (machine, emulator) => {
  const target = ['--target', machine, '--kernel', '5.9'];

  function emulate(executable: string, ...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(emulator, [executable, ...args], {
      input: 'hello\n',
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    });
    return { status, stdout, stderr };
  }

  test('prints its plan there', async () => {
    using folder = new TestFolder();
    const { status, stdout, stderr } = emulate(await build(folder, ...target), '--plan');
    expect(stdout).toMatch(/^cat: \d+ steps, compiled from .*cat\.yaml for /);
    expect(stdout).toContain(` for ${machine}\n`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('is refused there when it is damaged', async () => {
    using folder = new TestFolder();
    const executable = await build(folder, ...target);
    const bytes = readFileSync(executable);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(executable, bytes);
    expect(emulate(executable)).toEqual({
      status: 125,
      stdout: '',
      stderr: 'portcullis: this executable is refused: the image is damaged\n',
    });
  });

  test('is refused there when it needs a newer kernel', async () => {
    using folder = new TestFolder();
    const { status, stdout, stderr } = emulate(await build(folder, '--target', machine, '--kernel', '99.0'));
    expect(stderr).toContain('this executable is refused: the plan needs a newer kernel');
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  });

  test('executes its plan there until the emulator does not do as it is told, and starts nothing', async () => {
    using folder = new TestFolder();
    const executable = await build(folder, ...target);
    const { status, stdout, stderr } = emulate(executable);
    const [told, step = ''] = stderr.split('\n');
    expect(told).toMatch(/^cat: not started: \w+ answered /);
    const plan = emulate(executable, '--plan').stdout;
    expect(plan.indexOf(step)).toBeGreaterThan(plan.indexOf('\nconfine: '));
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  });
});
