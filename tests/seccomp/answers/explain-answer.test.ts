import { describe, expect, test } from 'vitest';
import { errnoOf } from '../../../src/kernel/errno.ts';
import { syscallNumber } from '../../../src/kernel/system-calls.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { answerFacts } from '../../../src/seccomp/answers/answer-facts.ts';
import {
  answeredText,
  explainAnswer,
  type RecordedAnswer,
} from '../../../src/seccomp/answers/explain-answer.ts';
import { recorderList } from '../../../src/seccomp/answers/recorder-list.ts';
import type { ExplainedPolicy } from '../../../src/seccomp/explain/explain-call.ts';
import { surroundingsOf } from '../../../src/seccomp/explain/surroundings.ts';

const RULES =
  'seccomp: { rules: ["@service", "@write-files", "@fork", connect, bind, "mkdir -> errno(ENOTTY)"] }\n';

function policyOf(keys: string): {
  readonly policy: ExplainedPolicy;
  readonly facts: ReturnType<typeof answerFacts>;
} {
  const text = `portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [/bin/x]\n${keys}${keys.includes('seccomp') ? '' : RULES}`;
  const { policy } = parsePolicy(text, 'x.yaml');
  if (policy === undefined) throw new Error('the policy cannot be read');
  const around = surroundingsOf(policy, false);
  return { policy: { seccomp: policy.seccomp, architecture: 'x86_64', around }, facts: answerFacts(policy) };
}

type Subject = Partial<Omit<RecordedAnswer, 'call' | 'errno' | 'args'>> & {
  readonly args?: readonly bigint[];
};

function recorded(call: string, errno: string, { args = [], ...rest }: Subject): RecordedAnswer {
  const registers = [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6);
  return { call: syscallNumber(call, 'x86_64') ?? -1, errno: errnoOf(errno), args: registers, ...rest };
}

const CWD = 0xffff_ff9cn;
const WRITE = { args: [CWD, 0x1000n, 0x41n, 0x180n] };
const READ = { args: [CWD, 0x1000n, 0n] };
const NO_VALUE = 'another directory, with nothing but its own files';
const ROOT = 'user: root\nreason: a test\n';
const LOOPBACK = { address: '127.0.0.1', to_port: 80 };

/** A call and its answer under a policy with these keys: cause, key and value. */
const CASES: readonly (readonly [string, string, string, Subject, string])[] = [
  ['openat', 'EACCES', '', { ...WRITE, path: '/srv/a/b' }, 'landlock writable /srv/a'],
  [
    'openat',
    'EACCES',
    'writable: [/srv/a]\n',
    { ...WRITE, path: '/srv/a/b' },
    'mode user one that may write it, or chmod it',
  ],
  ['openat', 'EACCES', 'writable: [/srv/a]\n', { ...WRITE, path: '/srv/ab' }, 'landlock writable /srv'],
  ['openat', 'EACCES', 'writable: [/srv/a]\n', { ...WRITE, path: '/srv/a/../b' }, 'landlock writable /srv'],
  ['openat', 'EACCES', 'directory: /srv\n', { ...WRITE, path: 'a/b' }, 'landlock writable /srv/a'],
  ['openat', 'EACCES', '', { args: [5n, 0x1000n, 0x41n], path: 'b' }, 'landlock writable its directory'],
  ...['/x', '/etc/passwd', '/etc/../x', '/usr/lib/x', '/proc/sys/kernel/x', '/sys/x'].map(
    (path) => ['openat', 'EACCES', '', { ...WRITE, path }, `landlock writable ${NO_VALUE}`] as const,
  ),
  ['rename', 'EXDEV', '', { path: '/etc/a/x', other_path: '/etc/b/x' }, `mount writable ${NO_VALUE}`],
  [
    'openat',
    'EACCES',
    '',
    { ...WRITE, path: `/srv/a/${'b'.repeat(248)}` },
    'landlock writable its directory',
  ],
  ['openat', 'EACCES', '', { ...WRITE, path: '/dev/ttyS0' }, 'landlock'],
  ['openat', 'EACCES', '', { ...READ, path: '/etc/shadow' }, 'mode user one that may read it, or chmod it'],
  ['openat', 'EACCES', ROOT, { ...READ, path: '/home/a/x' }, 'capability capabilities CAP_DAC_READ_SEARCH'],
  [
    'openat',
    'EACCES',
    `${ROOT}writable: [/srv]\n`,
    { ...WRITE, path: '/srv/x' },
    'capability capabilities CAP_DAC_OVERRIDE',
  ],
  ['openat', 'EACCES', '', { ...READ, path: '/proc/1/environ' }, 'mode'],
  ['openat', 'EROFS', '', { ...WRITE, path: '/srv/x' }, 'mount writable /srv'],
  ['openat', 'EROFS', '', { ...WRITE, path: '/proc/self/comm' }, 'mount'],
  ['openat', 'EMFILE', '', READ, 'rlimit rlimits.nofile 128'],
  ['rename', 'EXDEV', '', { path: '/srv/a/x', other_path: '/srv/b/x' }, 'mount writable /srv'],
  ['chmod', 'EPERM', '', { path: '/srv/x' }, 'capability capabilities CAP_FOWNER'],
  ['fchownat', 'EPERM', '', { args: [CWD], path: '/srv/x' }, 'capability capabilities CAP_CHOWN'],
  ['mknod', 'EPERM', '', { path: '/srv/x' }, 'capability capabilities CAP_MKNOD'],
  ['mkdir', 'ENOTTY', '', { path: '/srv/x' }, 'rule seccomp.rules'],
  ['execve', 'EACCES', 'writable: [/srv]\nexec: allow\n', { path: '/srv/x' }, 'mount write-and-run /srv'],
  ['execve', 'EACCES', 'exec: allow\n', { path: '/bin/x' }, 'mode user one that may execute it, or chmod it'],
  ['execve', 'EPERM', '', { path: '/bin/x' }, 'exec exec allow'],
  ['execve', 'EAGAIN', 'exec: allow\n', { path: '/bin/x' }, 'rlimit rlimits.nproc 512'],
  ['connect', 'ENETUNREACH', '', { address: '192.0.2.1', to_port: 80 }, 'network network host'],
  ['connect', 'EACCES', '', LOOPBACK, 'landlock network loopback'],
  [
    'connect',
    'ENETUNREACH',
    'network: loopback\naccept: { network: a test }\n',
    { address: '2001:db8::1', to_port: 80 },
    'network network host',
  ],
  ['connect', 'EACCES', '', { path: '/run/x' }, 'mode user one that may write to it'],
  ['connect', 'EPERM', '', { path: '@bus' }, 'landlock'],
  ['bind', 'EACCES', 'network: host\n', LOOPBACK, 'capability capabilities CAP_NET_BIND_SERVICE'],
  ['bind', 'EACCES', '', { path: '/run/x' }, 'landlock writable /run'],
  ['setuid', 'EPERM', '', {}, 'capability capabilities CAP_SETUID'],
  ['setgroups', 'EPERM', '', {}, 'capability capabilities CAP_SETGID'],
  ['chroot', 'EPERM', '', { path: '/' }, 'capability capabilities CAP_SYS_CHROOT'],
  ['chroot', 'EPERM', 'capabilities: [sys_chroot]\n', { path: '/' }, 'other'],
  ['ioctl', 'EPERM', '', { args: [3n, 0x8914n] }, 'capability capabilities CAP_NET_ADMIN'],
  ['ioctl', 'EACCES', '', { args: [3n, 0x5413n] }, 'landlock'],
  ['clone', 'EAGAIN', '', { args: [17n] }, 'rlimit rlimits.nproc 512'],
  ['clone', 'EPERM', '', { args: [0x1000_0011n] }, 'capability capabilities CAP_SYS_ADMIN'],
  ['mmap', 'ENOMEM', '', { args: [0n, 1n << 30n, 3n, 0x22n] }, 'rlimit rlimits.data 2048MiB'],
  ['mmap', 'ENOMEM', '', { args: [0n, 1n << 30n, 1n, 0x22n] }, 'rlimit rlimits.as 2048MiB'],
  [
    'mmap',
    'EPERM',
    'writable: [/srv]\n',
    { args: [0n, 4096n, 5n, 2n, 3n] },
    'mount write-and-run its directory',
  ],
  ['brk', 'ENOMEM', '', { args: [0x1000n] }, 'rlimit rlimits.data 512MiB'],
  ['mlock', 'ENOMEM', '', {}, 'rlimit rlimits.memlock 64KiB'],
  ['write', 'EFBIG', '', {}, 'rlimit rlimits.fsize 1MiB'],
  ['setpriority', 'EACCES', '', {}, 'capability capabilities CAP_SYS_NICE'],
  ['socket', 'EPERM', '', { args: [17n, 3n] }, 'capability capabilities CAP_NET_RAW'],
];

describe('the cause of an answer', () => {
  test.each(CASES)('%s %s, with %j', (call, errno, keys, subject, expected) => {
    const { policy, facts } = policyOf(keys);
    const { cause, key, value } = explainAnswer(policy, facts, recorded(call, errno, subject));
    expect([cause, key, value].filter((part) => part !== undefined).join(' ')).toBe(expected);
  });
});

test('a call is written with what its addresses lead to', () => {
  const { policy, facts } = policyOf('');
  const text = (call: string, subject: Subject): string => {
    const answer = recorded(call, 'EACCES', subject);
    return answeredText(explainAnswer(policy, facts, answer), answer);
  };
  expect(text('openat', { ...WRITE, path: '/srv/\u001b' })).toBe(
    'openat(AT_FDCWD, "/srv/\\u{1b}", O_WRONLY|O_CREAT, 0600)',
  );
  expect(text('rename', { args: [0x1000n, 0x2000n], path: 'a', other_path: 'b' })).toBe('rename("a", "b")');
  expect(text('connect', { args: [3n, 0x1000n, 28n], address: '::1', to_port: 53 })).toBe(
    'connect(3, [::1]:53, 28)',
  );
  expect(text('connect', { args: [3n, 0x1000n, 9n], path: '@bus' })).toBe('connect(3, "@bus", 9)');
});

describe('the list of a recorder', () => {
  const entries = (keys: string): ReadonlyMap<string, string> =>
    new Map(
      recorderList(policyOf(keys).policy)
        .split(',')
        .map((entry) => {
          const [, number = '', rest = ''] = /^(\d+)(.*)$/.exec(entry) ?? [];
          return [number, rest];
        }),
    );

  test('has the watched answers with their arguments, and those of the rules', () => {
    const list = entries('');
    expect(list.get('257')).toBe('p1:1.11.12.13.24.30');
    expect(list.get('42')).toBe('a1:1.11.13.99.101');
    expect(list.get('12')).toBe('b:12');
    // ENOTTY is the answer of a rule.
    expect(list.get('83')).toBe('p0:1.13.25.30');
    // A call that fails all the time in a session that waits.
    expect(list.has('0')).toBe(false);
  });

  test('has every call where the default is an errno', () => {
    const list = entries('seccomp: { default: errno(EBADF), rules: ["@start"] }\n');
    expect(list.get('0')).toBe(':9');
    expect(list.size).toBeGreaterThan(300);
  });

  test('has the calls that are younger than the kernel of the policy', () => {
    const list = entries('seccomp: { kernel: "5.10", rules: ["@start"] }\n');
    // landlock_restrict_self, Linux 5.13.
    expect(list.get('446')).toBe(':38');
  });
});
