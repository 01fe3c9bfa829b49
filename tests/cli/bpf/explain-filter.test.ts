import { join } from 'node:path';
import { expect, test } from 'vitest';
import { portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';

const SECTION = `seccomp:
  default: errno(EPERM)
  rules:
    - read
    - write(fd in {1, 2})
    - openat(flags & O_ACCMODE == O_RDONLY)
    - socket(family == AF_UNIX) -> errno(EACCES)
`;

test('a raw filter reads as the rules that it was made from, and what it reads as is the same filter', async () => {
  using folder = new TestFolder();
  const policy = folder.write('policy.yaml', SECTION);
  const [raw, again] = [join(folder.path, 'raw.bpf'), join(folder.path, 'again.yaml')];
  expect((await portcullis(['export', 'bpf', policy, '--arch', 'x86_64', '-o', raw])).code).toBe(0);
  const { code, stdout } = await portcullis(['bpf', 'explain', raw]);
  expect(code).toBe(0);
  expect(stdout.split('\n').slice(0, 8)).toEqual([
    '# Calls of x86_64, arch 0xc000003e.',
    'seccomp:',
    '  default: errno(EPERM)',
    '  rules:',
    '    - read',
    '    - write(fd in {1, 2})',
    '    - socket(family == AF_UNIX) -> errno(EACCES)',
    '    - openat(flags & O_ACCMODE == O_RDONLY)',
  ]);
  expect((await portcullis(['bpf', 'explain', raw, '-o', again])).code).toBe(0);
  expect(await portcullis(['diff', '--arch', 'x86_64', raw, again])).toMatchObject({ code: 0, stdout: '' });
});

test('what rules cannot say is refused by them, and stands above', async () => {
  using folder = new TestFolder();
  // Returns ALLOW, whatever the call: for i386 and x32 too.
  const listing = folder.write('all.txt', 'return allow\n');
  const raw = join(folder.path, 'all.bpf');
  expect(await portcullis(['bpf', 'asm', listing, '-o', raw])).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await portcullis(['bpf', 'explain', '--json', '--arch', 'x86_64', raw]);
  expect(JSON.parse(stdout)).toEqual({
    architecture: 'x86_64',
    default: 'allow',
    rules: ['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'clone3'],
    losses: [
      'calls of the x32 ABI are decided too; a policy kills whoever makes one',
      expect.stringMatching(/^calls from \d+ on, which have no name yet, do not answer ENOSYS/),
      'calls of other architectures are decided too; a policy kills whoever makes one',
    ],
  });
});
