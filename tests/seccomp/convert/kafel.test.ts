import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Imported } from '../../../src/seccomp/convert/imported.ts';
import { importKafel } from '../../../src/seccomp/convert/kafel/import.ts';
import { answers, checkTable, said, X86_64 } from './support/answers.ts';

const FILES: Readonly<Record<string, string>> = {
  'files.policy': '#define RDONLY 0\nPOLICY files { ALLOW { openat { (flags & 3) == RDONLY }, close } }',
  'io.policy': 'POLICY io { ALLOW { read, write } }',
  'itself.policy': '#include "itself.policy"\n',
};

function read(text: string): Imported {
  return importKafel(text, {
    ...X86_64,
    include: (path) => {
      const included = FILES[path];
      return included === undefined ? undefined : { file: path, text: included };
    },
  });
}

const ALLOW = 'allow';
const KILL = 'kill_thread';

/** Programs, and what Kafel answers to calls under them. */
const CORPUS: readonly (readonly [name: string, policy: string, table: Readonly<Record<string, string>>])[] =
  [
    [
      'a policy that is used, and one that is not',
      'POLICY a { ALLOW { read, write } }\nPOLICY b { ALLOW { open } }\nUSE a DEFAULT KILL',
      { read: ALLOW, write: ALLOW, open: KILL, clone3: KILL },
    ],
    [
      'all actions',
      'ALLOW { read } LOG { write } KILL { open } KILL_THREAD { stat } KILL_PROCESS { dup } DENY { fork }\nERRNO(13) { close }, TRAP(7) { pipe } TRACE(0x2a) { poll } USER_NOTIF { mkdir } DEFAULT ERRNO(1)',
      {
        read: ALLOW,
        write: 'log',
        open: KILL,
        stat: KILL,
        dup: 'kill_process',
        fork: KILL,
        close: 'errno(EACCES)',
        pipe: 'trap(7)',
        poll: 'trace(42)',
        mkdir: 'user_notif',
        rmdir: 'errno(EPERM)',
      },
    ],
    [
      'an int is compared on 32 bits, unless the number is wider',
      'ALLOW { write { fd == 1 }, lseek { offset == 1 }, dup { fildes == 0x100000002 }, close { fd > 2 } }',
      {
        'write 1': ALLOW,
        'write 0x500000001': ALLOW,
        'write 2': KILL,
        'lseek 0 1': ALLOW,
        'lseek 0 0x100000001': KILL,
        'dup 2': KILL,
        'dup 0x100000002': ALLOW,
        'close 3': ALLOW,
        'close 0x100000001': KILL,
      },
    ],
    [
      'declared arguments are compared on 64 bits',
      'ALLOW { write(a, b, c) { a == 1 && c < 10 }, read() , fork() {} }',
      { 'write 1 0 9': ALLOW, 'write 1 0 10': KILL, 'write 0x100000001 0 9': KILL, read: ALLOW, fork: ALLOW },
    ],
    [
      'every comparison, either way round',
      'ALLOW { close { fd < 3 }, dup { 3 <= fildes }, fsync { fd >= 5 && 7 >= fd }, fchdir { fd != 0 }, fdatasync { !(fd == 1 || fd == 2) }, flock { 2 > fd, cmd == 8 } }',
      {
        'close 2': ALLOW,
        'close 3': KILL,
        'dup 2': KILL,
        'dup 3': ALLOW,
        'fsync 4': KILL,
        'fsync 5': ALLOW,
        'fsync 7': ALLOW,
        'fsync 8': KILL,
        'fchdir 0': KILL,
        'fchdir 9': ALLOW,
        'fdatasync 1': KILL,
        'fdatasync 3': ALLOW,
        'flock 1 0': ALLOW,
        'flock 2 0': KILL,
        'flock 2 8': ALLOW,
      },
    ],
    [
      'masks and bits that are set',
      '#define PROT_EXEC 4\n#define RW 3\nALLOW { mmap { (prot & PROT_EXEC) == 0 }, open { flags == 2|0x80000 }, mprotect { prot & RW == 3 }, umask { (mask | 0b10) == 7 }, chmod { (mode | 4) == 3 } }',
      {
        'mmap 0 0 3': ALLOW,
        'mmap 0 0 7': KILL,
        'open 0 0x80002': ALLOW,
        'open 0 2': KILL,
        'mprotect 0 0 7': ALLOW,
        'mprotect 0 0 1': KILL,
        'umask 5': ALLOW,
        'umask 7': ALLOW,
        'umask 4': KILL,
        'chmod 0 3': KILL,
        'chmod 0 7': KILL,
      },
    ],
    [
      'the first rule that holds decides',
      'POLICY deny { ERRNO(2) { openat { flags == 1 } } }\nPOLICY main { USE deny, ALLOW { openat { flags < 4 } }, KILL_PROCESS { openat { flags < 8 } }, LOG { openat } }\nUSE main',
      {
        'openat 0 0 0': ALLOW,
        'openat 0 0 1': 'errno(ENOENT)',
        'openat 0 0 5': 'kill_process',
        'openat 0 0 9': 'log',
        read: KILL,
      },
    ],
    [
      'the names of the kernel functions, and numbers',
      '#define mysyscall 3\nALLOW { newstat, newfstat, newlstat, newuname, sendfile64, mysyscall, SYSCALL[39], SYSCALL[600] }',
      {
        stat: ALLOW,
        fstat: ALLOW,
        lstat: ALLOW,
        uname: ALLOW,
        sendfile: ALLOW,
        close: ALLOW,
        getpid: ALLOW,
        600: ALLOW,
        open: KILL,
      },
    ],
    [
      'rules for some architectures',
      'ALLOW { read ON x86_64, write ON { arm, aarch64 }, close ON { x86, amd64 } { fd == 1 } }',
      { read: ALLOW, write: KILL, 'close 1': ALLOW, 'close 2': KILL },
    ],
    [
      'files that are included, and comments',
      '/* all\n of it */ #include "files.policy" "io.policy"; // and more\nUSE files, USE io DEFAULT TRAP(1)',
      { 'openat 0 0 0': ALLOW, 'openat 0 0 1': 'trap(1)', close: ALLOW, read: ALLOW },
    ],
    [
      'negative numbers',
      'ALLOW { openat { dfd == -100 }, kill(p) { p == -1 } }',
      { 'openat -100': ALLOW, 'openat 0xffffff9c': KILL, 'kill -1': ALLOW, 'kill 0xffffffff': KILL },
    ],
    ['octal', 'ALLOW { umask { mask == 022 } }', { 'umask 18': ALLOW }],
    [
      'what cannot be said is denied',
      'ALLOW { dup2 { oldfd == newfd }, write { fd == 1, count == buf }, lseek { (offset | 3) < 9 }, read { nothing == 1 } }',
      { 'dup2 1 1': KILL, 'write 1': ALLOW, 'write 2 5 5': KILL, lseek: KILL, read: KILL },
    ],
    [
      'a denial of what cannot be said denies more',
      'KILL { write { buf == 4096 } } DEFAULT ALLOW',
      { write: KILL, read: ALLOW },
    ],
    [
      'a default that allows',
      'ERRNO(1) { ptrace } DEFAULT ALLOW',
      { ptrace: 'errno(EPERM)', read: ALLOW, clone3: ALLOW },
    ],
    ['an errno above the highest', 'ERRNO(60000) { read }', { read: 'errno(4095)' }],
  ];

test.each(CORPUS)('%s', (_name, policy, table) => {
  expect(checkTable(read(policy), table)).toEqual(table);
});

const PROBLEMS = [
  'ALLOW { raed }',
  'DEFAULT ALLOW KILL { raed }',
  'ALLOW { waitpid, SYSCALL[-1] }',
  'ALLOW read',
  'ALOW { read }',
  'ALLOW { read',
  'ALLOW { read write }',
  'ALLOW { , }',
  'ERRNO { read }',
  'ERRNO(70000) { read }',
  'ERRNO(x) { read }',
  'USE missing',
  'POLICY a {} POLICY a {}',
  'POLICY a { ALLOW { read } ALLOW { write } }',
  'POLICY a { ALLOW { read } }',
  'DEFAULT ALLOW DEFAULT KILL',
  '#define X 1\n#define X 2',
  '#define X',
  '#include files.policy',
  '#include "missing.policy"',
  '#include "itself.policy"',
  'ALLOW { write { fd = 1 } }',
  'ALLOW { write { fd } }',
  'ALLOW { write { fdd == 1 } }',
  'ALLOW { write(a, a) { a == 1 } }',
  'ALLOW { write(a,b,c,d,e,f,g) { a == 1 } }',
  'ALLOW { write { fd == 09 } }',
  'ALLOW { write { fd == 0x1ffffffffffffffff } }',
  'ALLOW { write { buf == 4096 } }',
  'ALLOW { dup2 { oldfd == newfd } }',
  'ALLOW { SYSCALL[600] { fd == 1 } }',
  `ALLOW { write { ${'('.repeat(100)}fd == 1 } }`,
  '/* no end',
  'ALLOW { read } $',
] as const;

test('every problem says what was expected, where, and how to fix it', async () => {
  const lines = PROBLEMS.flatMap((policy) => [`=== ${JSON.stringify(policy)}`, ...said(read(policy))]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/kafel.txt');
});

test('policies that use others again and again are refused', () => {
  const doubling = Array.from(
    { length: 40 },
    (_, index) => `POLICY p${index + 1} { USE p${index}, USE p${index} }`,
  );
  const { filter, diagnostics } = read(`POLICY p0 { ALLOW { read } }\n${doubling.join('\n')}\nUSE p40`);
  expect(filter).toBeUndefined();
  expect(diagnostics.map(({ code }) => code)).toEqual(['source-too-large']);
});

/** A condition as text, with what it means worked out beside it. */
interface Meaning {
  readonly text: string;
  readonly holds: (args: readonly bigint[]) => boolean;
}

const EDGES = [0n, 1n, 2n, 3n, 5n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 0x100000001n, 0xffffffffffffffffn];
const numbers = fc.constantFrom(...EDGES);
const NAMES = ['fd', 'mode', 'offset', 'len'] as const;

/** fallocate(int fd, int mode, loff_t offset, loff_t len) */
const tests: fc.Arbitrary<Meaning> = fc
  .tuple(
    fc.nat(3),
    fc.option(numbers, { nil: undefined }),
    fc.constantFrom('==', '!=', '<', '<=', '>', '>='),
    numbers,
    fc.boolean(),
  )
  .map(([index, mask, operator, value, turned]) => {
    const left = mask === undefined ? `${NAMES[index]}` : `(${NAMES[index]} & 0x${mask.toString(16)})`;
    const wide = index >= 2 || value > 0xffffffffn || (mask ?? 0n) > 0xffffffffn;
    const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
    return {
      text: turned
        ? `0x${value.toString(16)} ${mirrored[operator] ?? operator} ${left}`
        : `${left} ${operator} ${value}`,
      holds: (args) => {
        const seen = BigInt.asUintN(wide ? 64 : 32, (args[index] ?? 0n) & (mask ?? 0xffffffffffffffffn));
        switch (operator) {
          case '==':
            return seen === value;
          case '!=':
            return seen !== value;
          case '<':
            return seen < value;
          case '<=':
            return seen <= value;
          case '>':
            return seen > value;
          default:
            return seen >= value;
        }
      },
    };
  });

const { condition } = fc.letrec<{ condition: Meaning }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tests,
    tie('condition').map(({ text, holds }) => ({
      text: `!(${text})`,
      holds: (args: readonly bigint[]) => !holds(args),
    })),
    fc
      .tuple(tie('condition'), tie('condition'), fc.constantFrom('&&', '||', ','))
      .map(([left, right, joint]) => ({
        text: `(${left.text} ${joint} ${right.text})`,
        holds: (args: readonly bigint[]) =>
          joint === '&&' ? left.holds(args) && right.holds(args) : left.holds(args) || right.holds(args),
      })),
  ),
}));

const ACTIONS = [
  ['ALLOW', 'allow'],
  ['ERRNO(1)', 'errno(EPERM)'],
  ['ERRNO(2)', 'errno(ENOENT)'],
  ['LOG', 'log'],
  ['TRAP(3)', 'trap(3)'],
  ['KILL', 'kill_thread'],
  ['KILL_PROCESS', 'kill_process'],
] as const;

test('random programs answer as an evaluator does that tries one rule after the other', () => {
  const rules = fc.array(fc.tuple(condition, fc.constantFrom(...ACTIONS)), { minLength: 1, maxLength: 4 });
  const calls = fc.array(fc.array(numbers, { minLength: 4, maxLength: 4 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(rules, fc.constantFrom(...ACTIONS), calls, (chain, [word, fallback], many) => {
      const body = chain.map(([{ text }, [action]]) => `${action} { fallocate { ${text} } }`).join('\n');
      const answer = answers(read(`${body}\nDEFAULT ${word}`));
      for (const args of many) {
        const expected = chain.find(([{ holds }]) => holds(args))?.[1][1] ?? fallback;
        expect(answer('fallocate', args)).toBe(expected);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});
