import { describe, expect, test } from 'vitest';
import type { Architecture } from '../../../src/kernel/architecture.ts';
import { SYSTEM_CALLS } from '../../../src/kernel/generated/system-calls.ts';
import { syscallName } from '../../../src/kernel/system-calls.ts';
import { argumentsText } from '../../../src/seccomp/explain/arguments-text.ts';
import { parseCall } from '../../../src/seccomp/index.ts';

/** A call as it is written, and as it is said. */
function said(text: string, architecture: Architecture = 'x86_64'): string {
  const parsed = parseCall(text, architecture);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem.message}`);
  const { nr, args } = parsed.value.data;
  const call = syscallName(nr, architecture) ?? `syscall_${nr}`;
  return `${call}(${argumentsText(call, args, architecture)})`;
}

const ADDRESS = '0x7ffc12345678';

test.each([
  ['openat(0xffffff9c, ADDRESS, 0x241, 0x180)', 'openat(AT_FDCWD, ..., O_WRONLY|O_CREAT|O_TRUNC, 0600)'],
  ['openat(AT_FDCWD, ADDRESS, 0x80000, 0777)', 'openat(AT_FDCWD, ..., O_RDONLY|O_CLOEXEC)'],
  ['openat(5, ADDRESS, O_TMPFILE|O_RDWR, 0600)', 'openat(5, ..., O_RDWR|O_TMPFILE, 0600)'],
  ['open(ADDRESS, 0x101000)', 'open(..., O_RDONLY|O_SYNC)'],
  ['socket(1, 0x80801, 0)', 'socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0)'],
  ['socket(99, 9, 0)', 'socket(99, 9, 0)'],
  ['mmap(0, 4096, 3, 0x22, -1, 0)', 'mmap(0, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)'],
  [
    'mmap(0, 4096, 0, 0x4022, -1, 0)',
    'mmap(0, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)',
  ],
  ['kill(12, 15)', 'kill(12, SIGTERM)'],
  ['kill(0xffffffff, 9)', 'kill(-1, SIGKILL)'],
  ['tgkill(10, 11, 23)', 'tgkill(10, 11, SIGURG)'],
  ['fcntl(3, 4, 0x2802)', 'fcntl(3, F_SETFL, O_NONBLOCK|O_ASYNC)'],
  ['fcntl(3, 1, 77)', 'fcntl(3, F_GETFD)'],
  ['fcntl(3, 2, 1)', 'fcntl(3, F_SETFD, FD_CLOEXEC)'],
  ['fcntl(0, F_SETLK, ADDRESS)', 'fcntl(0, F_SETLK, ...)'],
  ['setsockopt(0, 6, 1, ADDRESS, 4)', 'setsockopt(0, IPPROTO_TCP, TCP_NODELAY, ..., 4)'],
  ['setsockopt(0, 1, 9, ADDRESS, 4)', 'setsockopt(0, SOL_SOCKET, SO_KEEPALIVE, ..., 4)'],
  ['setsockopt(0, 0, 1, ADDRESS, 4)', 'setsockopt(0, IPPROTO_IP, IP_TOS, ..., 4)'],
  ['setsockopt(0, 41, 26, ADDRESS, 4)', 'setsockopt(0, IPPROTO_IPV6, IPV6_V6ONLY, ..., 4)'],
  ['prctl(15, ADDRESS)', 'prctl(PR_SET_NAME, ...)'],
  ['prctl(4, 0)', 'prctl(PR_SET_DUMPABLE, 0)'],
  ['clone(0x1200011, 0)', 'clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, 0, NULL, NULL, 0)'],
  ['prlimit64(0, 7, ADDRESS, 0)', 'prlimit64(0, RLIMIT_NOFILE, ..., NULL)'],
  ['ioctl(0, 0x5401, ADDRESS)', 'ioctl(0, TCGETS, ...)'],
  ['ioctl(0, 0xdead, ADDRESS)', 'ioctl(0, 0xdead, ...)'],
  ['chmod(ADDRESS, 0104755)', 'chmod(..., 0104755)'],
  ['getpid', 'getpid()'],
  ['connect(3, ADDRESS, 110)', 'connect(3, ..., 110)'],
  ['futex(ADDRESS, 0x81, 1)', 'futex(..., FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0)'],
  ['write(3, ADDRESS, 5000)', 'write(3, ..., 5000)'],
  ['unlinkat(AT_FDCWD, ADDRESS, 0x200)', 'unlinkat(AT_FDCWD, ..., AT_REMOVEDIR)'],
  ['faccessat2(AT_FDCWD, ADDRESS, 4, 0x200)', 'faccessat2(AT_FDCWD, ..., 4, AT_EACCESS)'],
  ['setresuid(-1, 33, -1)', 'setresuid(-1, 33, -1)'],
  ['lseek(3, -4, 1)', 'lseek(3, -4, SEEK_CUR)'],
  ['sendto(3, ADDRESS, 33, 0x4000, ADDRESS, 16)', 'sendto(3, ..., 33, MSG_NOSIGNAL, ..., 16)'],
  ['sendto(3, ADDRESS, 33, 0, 0, 0)', 'sendto(3, ..., 33, 0, NULL, 0)'],
  ['syscall_999(1, 2, 3000, 4, 5, 6)', 'syscall_999(1, 2, 0xbb8, 4, 5, 6)'],
])('%s is said as %s', (written, text) => {
  expect(said(written.replaceAll('ADDRESS', ADDRESS))).toBe(text);
});

test('constants are those of the machine', () => {
  expect(said('openat(AT_FDCWD, 0x1000, 0x4000)', 'aarch64')).toBe(
    'openat(AT_FDCWD, ..., O_RDONLY|O_DIRECTORY)',
  );
  expect(said('openat(AT_FDCWD, 0x1000, 0x4000)')).toBe('openat(AT_FDCWD, ..., O_RDONLY|O_DIRECT)');
});

describe('every call', () => {
  const values = [0n, 1n, 0x1234n, (1n << 32n) - 1n, (1n << 63n) + 5n, (1n << 64n) - 1n];

  test.each(values)('has a text with the value %i in every argument, without an address', (value) => {
    for (const { name } of SYSTEM_CALLS) {
      const text = argumentsText(name, [value, value, value, value, value, value], 'x86_64');
      expect(text, name).toMatch(/^[A-Za-z0-9_|., -]*$/);
    }
  });
});
