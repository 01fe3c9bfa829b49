import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { ErrnoError, landlockAbi, memfdCreate, pipe2 } from '../../src/host/libc.ts';

const O_CLOEXEC = 0o2000000;

describe('descriptors', () => {
  test('pipe2 makes a pipe', () => {
    const [readEnd, writeEnd] = pipe2(O_CLOEXEC);
    writeSync(writeEnd, 'through');
    const bytes = Buffer.alloc(16);
    expect(bytes.toString('utf8', 0, readSync(readEnd, bytes))).toBe('through');
    closeSync(readEnd);
    closeSync(writeEnd);
  });

  test('memfdCreate makes a file in memory', () => {
    const descriptor = memfdCreate('portcullis-test', 1);
    expect(fstatSync(descriptor).isFile()).toBe(true);
    expect(readlinkSync(`/proc/self/fd/${descriptor}`)).toContain('memfd:portcullis-test');
    closeSync(descriptor);
  });

  test('a failing call names itself and its errno', () => {
    expect(() => pipe2(-1)).toThrow(new ErrnoError('pipe2', 22));
    expect(new ErrnoError('pipe2', 22).message).toBe('pipe2: EINVAL');
    expect(new ErrnoError('pipe2', 4000).message).toBe('pipe2: errno 4000');
  });
});

describe('execve', () => {
  function run(source: string) {
    const bundle = buildSync({
      stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      define: { 'import.meta.url': JSON.stringify(import.meta.url) },
    });
    const program = bundle.outputFiles[0]?.text ?? '';
    return spawnSync(process.execPath, ['--input-type=module', '-'], { input: program, encoding: 'utf8' });
  }

  test('replaces the process, with exactly the given arguments and environment, and keeps its stdio', () => {
    const script = 'echo "$0 $1"; cat /proc/self/environ';
    const child = run(`
      import { execve, setCloseOnExec } from "../../src/host/libc.ts";
      for (const descriptor of [0, 1, 2]) setCloseOnExec(descriptor, false);
      execve("/bin/sh", ["sh", "-c", ${JSON.stringify(script)}, "zero", "one"], ["ONLY=this"]);
    `);
    expect(child.stderr).toBe('');
    expect(child.stdout).toContain('zero one\n');
    expect(child.stdout).toContain('ONLY=this');
    expect(child.stdout).not.toContain('HOME=');
  });

  test('throws when the program is missing', () => {
    const child = run(`
      import { execve } from "../../src/host/libc.ts";
      try { execve("/does/not/exist", ["x"], []); } catch (error) { console.log(error.message); }
    `);
    expect(child.stdout).toBe('execve: ENOENT\n');
  });
});

test('landlockAbi is a small number', () => {
  expect(landlockAbi()).toBeGreaterThanOrEqual(0);
  expect(landlockAbi()).toBeLessThan(100);
});
