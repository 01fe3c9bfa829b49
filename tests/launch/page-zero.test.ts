import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

/** The calls of mmap that an executable makes: two tables, page 0, and the one that must fail. */
const ASSERTION = 4;

/** A wrapped `cat` whose nth mmap answers 0, as it would with vm.mmap_min_addr = 0; the inner gate is not traced. */
function started(executable: string, answered: number): ReturnType<typeof spawnSync> {
  const inject = ['-o', '/dev/null', '-e', 'trace=mmap', '-e', `inject=mmap:retval=0:when=${answered}`];
  return spawnSync('strace', [...inject, executable], { input: 'hello\n', encoding: 'utf8' });
}

test('where everybody may map page 0 nothing starts, and the setting is named', async () => {
  using folder = new TestFolder();
  const file = folder.write('cat.yaml', 'portcullis: 1\nservice: cat\nrun: [/bin/cat]\nuser: nobody\n');
  const executable = join(folder.path, 'cat');
  const { code, stderr } = await portcullis(['build', file, '-o', executable]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(started(executable, ASSERTION + 1)).toMatchObject({ stdout: 'hello\n', stderr: '', status: 0 });
  const open = started(executable, ASSERTION);
  expect(open).toMatchObject({ stdout: '', status: 125 });
  expect(open.stderr).toContain('cat: not started: mmap answered 0, which is not what the plan asks for');
  expect(open.stderr).toContain('no other path can be put into page 0');
  expect(open.stderr).toContain('everybody may map page 0 here: sysctl vm.mmap_min_addr=65536\n');
});
