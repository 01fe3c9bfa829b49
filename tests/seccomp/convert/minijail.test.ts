import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Imported } from '../../../src/seccomp/convert/imported.ts';
import { importMinijail } from '../../../src/seccomp/convert/minijail/import.ts';
import { answers, checkTable, said, X86_64 } from './support/answers.ts';

const FILES: Readonly<Record<string, string>> = {
  './common.policy': 'close: 1\n@include ./deeper.policy',
  './deeper.policy': 'dup: 1',
  './itself.policy': '@include ./itself.policy',
};

function read(text: string): Imported {
  return importMinijail(text, {
    ...X86_64,
    include: (path) => {
      const included = FILES[path];
      return included === undefined ? undefined : { file: path, text: included };
    },
  });
}

const ALLOW = 'allow';
const KILL = 'kill_process';

/** Policies, and what Minijail answers to calls under them. */
const CORPUS: readonly (readonly [name: string, policy: string, table: Readonly<Record<string, string>>])[] =
  [
    [
      'calls',
      '# a comment\nread: 1\nwrite:1\n\n',
      { read: ALLOW, write: ALLOW, open: KILL, clone3: KILL, io_uring_setup: KILL },
    ],
    [
      'errnos',
      'open: return ENOENT\nstat: return 13\nfstat: return',
      { open: 'errno(ENOENT)', stat: 'errno(EACCES)', fstat: KILL },
    ],
    [
      'comparisons of 64 bits',
      'write: arg0 == 1\nread: arg0 != 0\nlseek: arg1 < 0x100000000\nclose: arg0 >= 3 && arg0 <= 5\ndup: arg0 > 0xffffffff',
      {
        'write 1': ALLOW,
        'write 0x100000001': KILL,
        'read 0': KILL,
        'read 0x100000000': ALLOW,
        'lseek 0 0xffffffff': ALLOW,
        'lseek 0 0x100000000': KILL,
        'close 2': KILL,
        'close 3': ALLOW,
        'close 5': ALLOW,
        'close 6': KILL,
        'close 0x100000004': KILL,
        'dup 0xffffffff': KILL,
        'dup 0x100000000': ALLOW,
      },
    ],
    [
      'any bit, and no other bit',
      'open: arg1 & 0x3\nopenat: arg2 in O_RDONLY|O_CLOEXEC|0x40\nmmap: arg2 in ~PROT_EXEC || arg2 in ~(PROT_WRITE|PROT_READ)',
      {
        'open 0 1': ALLOW,
        'open 0 6': ALLOW,
        'open 0 4': KILL,
        'openat 0 0 0': ALLOW,
        'openat 0 0 0x80040': ALLOW,
        'openat 0 0 0x80041': KILL,
        'openat 0 0 0x100000000': KILL,
        'mmap 0 0 3': ALLOW,
        'mmap 0 0 4': ALLOW,
        'mmap 0 0 6': KILL,
        'mmap 0 0 0x100000003': ALLOW,
      },
    ],
    [
      'alternatives bind less than joined tests',
      'socket: arg0 == AF_UNIX && arg1 == SOCK_STREAM || arg0 == AF_INET',
      { 'socket 1 1': ALLOW, 'socket 1 2': KILL, 'socket 2 2': ALLOW },
    ],
    [
      'negative numbers',
      'openat: arg0 == AT_FDCWD\nkill: arg0 == -1',
      { 'openat -100': ALLOW, 'openat 0xffffff9c': KILL, 'kill -1': ALLOW, 'kill 1': KILL },
    ],
    [
      'octal and brackets',
      'chmod: arg1 in (0600|(0060))\numask: arg0 == 022',
      { 'chmod 0 0x1b0': ALLOW, 'chmod 0 7': KILL, 'umask 18': ALLOW, 'umask 22': KILL },
    ],
    [
      'what minijail0 does behind a semicolon',
      'ioctl: arg1 == TCGETS || arg1 == 0x5413; return ENOTTY',
      { 'ioctl 0 0x5401': ALLOW, 'ioctl 0 0x5413': ALLOW, 'ioctl 0 5': 'errno(ENOTTY)' },
    ],
    [
      'what compile_seccomp_policy does behind a semicolon',
      '@default trap\nioctl: arg1 == 5; return ENOTTY\nread: { arg0 == 0; allow, arg0 == 1; return EPERM, arg0 in 7; log, kill-thread }',
      {
        'ioctl 0 5': 'errno(ENOTTY)',
        'ioctl 0 6': 'trap',
        'read 0': ALLOW,
        'read 1': 'errno(EPERM)',
        'read 4': 'log',
        'read 8': 'kill_thread',
        write: 'trap',
      },
    ],
    [
      'the first filter that holds decides, whatever follows',
      'read: { arg0 == 0; allow, arg0 < 10; return EPERM, arg0 < 20; allow, kill }\nwrite: { arg0 < 5; log, arg0 < 9; trap, allow }',
      {
        'read 0': ALLOW,
        'read 5': 'errno(EPERM)',
        'read 15': ALLOW,
        'read 20': KILL,
        'write 4': 'log',
        'write 8': 'trap',
        'write 9': ALLOW,
      },
    ],
    [
      'several lines of one call',
      'read: arg0 == 0\nread: arg0 == 1\nread: return EBADF',
      { 'read 0': ALLOW, 'read 1': ALLOW, 'read 2': 'errno(EBADF)' },
    ],
    [
      'several calls, architectures and all actions',
      '{read, write[arch=x86_64], dup[arch=arm64,arm], kill}: allow\nopen: trace\nclose: user-notify\nstat: kill-process\nfstat: kill\n@default user-notify',
      {
        read: ALLOW,
        write: ALLOW,
        kill: ALLOW,
        dup: 'user_notif',
        open: 'trace',
        close: 'user_notif',
        stat: KILL,
        fstat: KILL,
      },
    ],
    [
      'lines that go on',
      'socket: arg0 == 1 || \\\n  arg0 == 2\nread: 1',
      { 'socket 1': ALLOW, 'socket 2': ALLOW, 'socket 3': KILL, read: ALLOW },
    ],
    [
      'files that are included',
      '@include ./common.policy\nread: 1',
      { close: ALLOW, dup: ALLOW, read: ALLOW, write: KILL },
    ],
    [
      'a list of what is denied',
      '@denylist\nptrace: return EPERM\nopen: arg1 & 1; return EACCES',
      { ptrace: 'errno(EPERM)', 'open 0 1': 'errno(EACCES)', 'open 0 0': ALLOW, read: ALLOW, clone3: ALLOW },
    ],
    [
      'the C library has another O_LARGEFILE',
      'open: arg1 in O_LARGEFILE',
      { 'open 0 0': ALLOW, 'open 0 0x8000': KILL },
    ],
    [
      'a pointer against NULL, and another one',
      'sendto: arg4 == 0 && arg3 in 0x4000\nread: arg0 == 3 || arg1 == 0x1000\nwrite: { arg1 == 0x1000; return EPERM, allow }',
      {
        'sendto 0 0 0 0 0': ALLOW,
        'sendto 0 0 0 0 1': KILL,
        'read 3 7': ALLOW,
        'read 4 0x1000': KILL,
        'write 0 5': 'errno(EPERM)',
      },
    ],
    [
      'registers that the call does not use',
      'read: arg5 == 0\nfork: arg0 == 0',
      { 'read 0 0 0 0 0 0': ALLOW, 'read 0 0 0 0 0 1': KILL, 'fork 0': ALLOW, 'fork 1': KILL },
    ],
  ];

test.each(CORPUS)('%s', (_name, policy, table) => {
  expect(checkTable(read(policy), table)).toEqual(table);
});

/** What is said, with its place. */
const PROBLEMS = [
  'raed: 1',
  'open_tree_attr: 1\nwaitpid: 1',
  'read',
  'read 1',
  'read:',
  'read: 2',
  'read: yes',
  'read: arg6 == 1',
  'read: arg0 = 1',
  'read: arg0 == ',
  'read: arg0 == O_CREATE',
  'read: arg0 == 08',
  'read: arg0 == 0x1ffffffffffffffff',
  'read: arg0 == (1|2',
  'read: arg0 == 1 arg1 == 2',
  'read: arg0 == 1 &&',
  'read: "x"',
  'read: return EPREM',
  'read: return 70000',
  'read: { arg0 == 1; allow',
  'read[arch]: 1',
  'basic@groups: allow',
  'read: 1\nread: arg0 == 1',
  '@default allow',
  '@default log',
  '@includ ./x',
  '@include x.policy',
  '@include ./missing.policy',
  '@include ./itself.policy',
  '@frequency ./frequencies',
  '@denylist\nraed: return EPERM',
  'ioctl: arg1 == 5; return EPERM',
  'write: arg1 == 0x1000',
  'prctl: arg5 == 1',
  '',
] as const;

test('every problem says what was expected, where, and how to fix it', async () => {
  const lines = PROBLEMS.flatMap((policy) => [`=== ${JSON.stringify(policy)}`, ...said(read(policy))]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/minijail.txt');
});

/** A filter of one call as text, with what it means worked out beside it. */
interface Meaning {
  readonly text: string;
  readonly holds: (args: readonly bigint[]) => boolean;
}

const EDGES = [0n, 1n, 2n, 3n, 5n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 0x100000001n, 0xffffffffffffffffn];
const numbers = fc.constantFrom(...EDGES);

/** fallocate(int fd, int mode, loff_t offset, loff_t len): two widths, no pointers. */
const atoms: fc.Arbitrary<Meaning> = fc
  .tuple(fc.nat(3), fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '&', 'in'), numbers, fc.boolean())
  .map(([index, operator, value, complement]) => {
    const mask = complement ? BigInt.asUintN(64, ~value) : value;
    return {
      text: `arg${index} ${operator} ${complement ? '~' : ''}0x${value.toString(16)}`,
      holds: (args) => {
        const seen = args[index] ?? 0n;
        switch (operator) {
          case '==':
            return seen === mask;
          case '!=':
            return seen !== mask;
          case '<':
            return seen < mask;
          case '<=':
            return seen <= mask;
          case '>':
            return seen > mask;
          case '>=':
            return seen >= mask;
          case '&':
            return (seen & mask) !== 0n;
          default:
            return (seen | mask) === mask;
        }
      },
    };
  });

const expressions: fc.Arbitrary<Meaning> = fc
  .array(fc.array(atoms, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((clauses) => ({
    text: clauses.map((clause) => clause.map(({ text }) => text).join(' && ')).join(' || '),
    holds: (args) => clauses.some((clause) => clause.every(({ holds }) => holds(args))),
  }));

const ACTIONS = [
  ['allow', 'allow'],
  ['return EPERM', 'errno(EPERM)'],
  ['return 2', 'errno(ENOENT)'],
  ['log', 'log'],
  ['trap', 'trap'],
  ['kill-thread', 'kill_thread'],
  ['user-notify', 'user_notif'],
] as const;

describe('random policies', () => {
  test('answer as an evaluator does that tries one filter after the other', () => {
    const filters = fc.array(fc.tuple(expressions, fc.constantFrom(...ACTIONS)), {
      minLength: 1,
      maxLength: 4,
    });
    const fallbacks = fc.constantFrom(
      ['trap', 'trap'],
      ['kill-process', 'kill_process'],
      ['user-notify', 'user_notif'],
    );
    const calls = fc.array(fc.array(numbers, { minLength: 4, maxLength: 4 }), {
      minLength: 20,
      maxLength: 20,
    });
    fc.assert(
      fc.property(filters, fallbacks, calls, (chain, [word, fallback], many) => {
        const body = chain.map(([{ text }, [action]]) => `${text}; ${action}`).join(', ');
        const answer = answers(read(`@default ${word}\nfallocate: { ${body} }`));
        for (const args of many) {
          const expected = chain.find(([{ holds }]) => holds(args))?.[1][1] ?? fallback;
          expect(answer('fallocate', args)).toBe(expected);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

test('what is missing at the end of a line that ends as in DOS is missing inside the line', () => {
  const { diagnostics } = read('read: \r\nwrite: 1\r\n');
  expect(diagnostics.map(({ span }) => span)).toEqual([{ file: 'source', line: 1, column: 7, length: 1 }]);
});
