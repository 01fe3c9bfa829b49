import { expect, test } from 'vitest';
import { portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';
import { rawFilter } from './support/filters.ts';

test.each<[readonly string[], number, string]>([
  [['bpf'], 2, 'TASK is missing'],
  [['bpf', 'disasm'], 2, 'FILE is missing'],
  [['bpf', 'dsasm', 'x'], 2, "'TASK' does not take 'dsasm'; did you mean 'disasm'?"],
  [['bpf', 'disasm', '--svg', 'x'], 2, "'--svg' is an option of bpf graph, not of bpf disasm"],
  [['bpf', 'sim', '/dev/null', '--call', '1'], 1, '/dev/null: the program is empty'],
  [['bpf', 'sim', '/nonexistent', '--call', '1'], 2, "cannot read '/nonexistent'"],
  [['bpf', 'sim', '/dev/null', 'write(1)'], 2, 'which call?'],
  [['bpf', 'sim', '/nonexistent.yaml', '--call', '1'], 2, "cannot read '/nonexistent.yaml'"],
  [
    ['bpf', 'sim', 'pid:4194304', '--call', '1'],
    2,
    'cannot read the filters of process 4194304: no such process',
  ],
  [['bpf', 'sim', `pid:${process.pid}`, '--call', '1'], 1, `process ${process.pid} has no filter`],
  [['bpf', 'asm', 'a', 'b'], 2, "a listing is one file, found 'b' as well"],
  [['bpf', 'disasm', '-', '-'], 2, "'-' is standard input, which can be read once"],
])('%j ends with %i and says why', async (args, code, message) => {
  const result = await portcullis(args);
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toContain(message);
});

test('a call that is wrong is shown with its place; without any the command asks', async () => {
  using folder = new TestFolder();
  const filter = rawFilter(folder, 'f.bpf', 'return allow');
  const calls = folder.write('calls', 'read\nwrote(1)\n');
  const { code, stderr } = await portcullis(['bpf', 'sim', '--arch', 'x86_64', filter, '--calls', calls]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${calls}:2:1: error: no system call is named 'wrote' [unknown-call]`);
  expect(await portcullis(['bpf', 'sim', filter])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('which call?'),
  });
});
