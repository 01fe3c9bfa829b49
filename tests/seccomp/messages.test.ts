import { expect, test } from 'vitest';
import { resolveFilter } from '../../src/seccomp/index.ts';
import { policyOf } from './support/policy.ts';

/** What `check` would underline, below the rule, then the message and the help. */
function shown(rule: string): string {
  const { diagnostics } = resolveFilter(policyOf([rule]), 'x86_64');
  return diagnostics
    .filter((diagnostic) => diagnostic.severity === 'error')
    .map(({ code, message, span, help }) => {
      const caret = ' '.repeat((span?.column ?? 5) - 5) + '^'.repeat(span?.length ?? 0);
      return [rule, caret, `${code}: ${message}`, ...(help === undefined ? [] : [`help: ${help}`])].join(
        '\n',
      );
    })
    .join('\n');
}

test.each([
  'raed',
  '@stdoi',
  '@stdio(fd == 1)',
  'xyzzy_frobnicate',
  '',
  '42',
  'read write',
  'read()',
  'write(fd == 1',
  'write(fd = 1)',
  'write(fd)',
  'write(1 == fd)',
  'write(fdd == 1)',
  'write(fd:16 == 1)',
  'write(fd: == 1)',
  'openat(filename:64 == 1)',
  'write(arg5 == 1)',
  'getpid(arg0 == 1)',
  'prctl(arg0 == 1)',
  'fork(arg0 == 1)',
  'delete_module(name == 1)',
  'write(fd == STDOUT)',
  'openat(flags & O_CREATE == 0)',
  'openat(flags & O_CREAT)',
  'openat(filename == 0)',
  'openat(filename != "/etc")',
  'sendto(addr == 0)',
  'sendto(flags == NULL)',
  'openat(dfd < AT_FDCWD)',
  'write(fd == 0x100000000)',
  'write(fd == -3000000000)',
  'chmod(mode == 0x10000)',
  'lseek(offset == 0x1ffffffffffffffff)',
  'write(fd in 1)',
  'write(fd in {1 2})',
  'write(fd in {5..3})',
  'write(fd not 3)',
  'write(fd == 08)',
  'read -> erno(EPERM)',
  'read -> errno',
  'read -> errno(EPREM)',
  'read -> errno(4096)',
  'read -> trap(65536)',
  'read -> allow now',
  'syscall_1073741824',
])('%s', (rule) => {
  expect(shown(rule)).toMatchSnapshot();
});

test('every rule with a problem is reported', () => {
  const { diagnostics } = resolveFilter(policyOf(['raed', 'write', 'opne', 'close(x == 1)']), 'x86_64');
  expect(diagnostics.map(({ span, code }) => [span?.line, code])).toEqual([
    [1, 'unknown-call'],
    [3, 'unknown-call'],
    [4, 'unknown-argument'],
  ]);
});
