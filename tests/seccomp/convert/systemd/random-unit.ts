import fc from 'fast-check';
import { SYSTEMD_GROUP_NAMES } from '../../../../src/kernel/system-call-groups.ts';
import { NAMESPACE_FLAGS } from '../../../../src/seccomp/convert/namespace-flags.ts';
import { SWITCHES } from '../../../../src/seccomp/convert/systemd/restrictions.ts';

const CALLS = [
  ...[
    'read',
    'write',
    'socket',
    'clone',
    'clone3',
    'unshare',
    'setns',
    'mmap',
    'mprotect',
    'shmat',
    'openat',
    'openat2',
  ],
  ...[
    'chmod',
    'fchmodat',
    'mknodat',
    'personality',
    'sched_setscheduler',
    'ptrace',
    'execve',
    'clock_settime',
    'ioperm',
  ],
  ...[
    'io_uring_setup',
    'sethostname',
    '_sysctl',
    'syslog',
    'init_module',
    'sigreturn',
    'socketcall',
    'open',
    'mmap2',
  ],
];

function list(
  word: fc.Arbitrary<string>,
  inverted: fc.Arbitrary<string> = fc.constantFrom('', '~'),
): fc.Arbitrary<string> {
  return fc
    .tuple(
      inverted,
      fc.array(word, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(' ', '  ', '\t', ' \\\n', ' \\\n# between\n  '),
    )
    .map(([tilde, words, blank]) => `${tilde}${words.join(blank)}`);
}

const call = fc.constantFrom(...CALLS, ...SYSTEMD_GROUP_NAMES);
const answered = fc
  .tuple(call, fc.constantFrom('', '', ':EACCES', ':kill', ':22'))
  .map(([name, answer]) => name + answer);
const calls = fc.oneof(list(call, fc.constant('')), list(answered, fc.constant('~')), fc.constant(''));
const family = fc.constantFrom(
  'AF_UNIX',
  'AF_LOCAL',
  'AF_INET',
  'AF_INET6',
  'AF_NETLINK',
  'AF_XDP',
  'AF_MCTP',
);

function line(key: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return value.map((text) => `${key}=${text}`);
}

const directive = fc.oneof(
  { weight: 4, arbitrary: line('SystemCallFilter', calls) },
  line('SystemCallLog', fc.oneof(list(call), fc.constant(''))),
  line('SystemCallErrorNumber', fc.constantFrom('EPERM', 'kill', '5', '', 'ENOSYS')),
  {
    weight: 2,
    arbitrary: line('RestrictAddressFamilies', fc.oneof(list(family), fc.constantFrom('', 'none'))),
  },
  {
    weight: 2,
    arbitrary: line(
      'RestrictNamespaces',
      fc.oneof(list(fc.constantFrom(...NAMESPACE_FLAGS.keys())), fc.constantFrom('', 'yes', 'no')),
    ),
  },
  line('Personality', fc.constantFrom('x86', 'x86-64')),
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...SWITCHES), fc.constantFrom('yes', 'on', '1', 'True', 'no', 'off'))
      .map(([key, value]) => `${key}=${value}`),
  },
);

/** A unit file that both read without an error and that makes some filter. */
export const unitFile: fc.Arbitrary<string> = fc
  .array(directive, { minLength: 1, maxLength: 8 })
  .map((lines) => `[Service]\n${lines.join('\n')}\nProtectHostname=yes\n`);
