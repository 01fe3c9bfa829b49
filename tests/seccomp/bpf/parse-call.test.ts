import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionText, parseCall } from '../../../src/seccomp/index.ts';

const X86_64 = 0xc000003e;

test.each([
  ['write(1, 0x1000, 5)', { arch: X86_64, nr: 1, args: [1n, 4096n, 5n], instructionPointer: 0n }],
  ['getpid', { arch: X86_64, nr: 39, args: [], instructionPointer: 0n }],
  ['getpid()', { arch: X86_64, nr: 39, args: [], instructionPointer: 0n }],
  ['syscall_600(NULL)', { arch: X86_64, nr: 600, args: [0n], instructionPointer: 0n }],
  ['-1', { arch: X86_64, nr: 0xffff_ffff, args: [], instructionPointer: 0n }],
  ['0x40000001', { arch: X86_64, nr: 0x4000_0001, args: [], instructionPointer: 0n }],
  ['close(-1)', { arch: X86_64, nr: 3, args: [(1n << 64n) - 1n], instructionPointer: 0n }],
  [
    'openat(AT_FDCWD, 0, O_RDWR|O_CREAT)',
    { arch: X86_64, nr: 257, args: [2n ** 64n - 100n, 0n, 66n], instructionPointer: 0n },
  ],
  ['aarch64: write(1)', { arch: 0xc00000b7, nr: 64, args: [1n], instructionPointer: 0n }],
  ['i386: 4(1)', { arch: 0x40000003, nr: 4, args: [1n], instructionPointer: 0n }],
  ['0x40000028:5', { arch: 0x40000028, nr: 5, args: [], instructionPointer: 0n }],
  ['read(0) at 0x10000', { arch: X86_64, nr: 0, args: [0n], instructionPointer: 0x10000n }],
])('%s', (text, data) => {
  expect(parseCall(text, 'x86_64')).toMatchObject({ ok: true, value: { data, expected: undefined } });
});

test('what is expected stands behind an arrow', () => {
  const parsed = parseCall(' i386: 4(1) at 0x5 -> errno(EPERM)', 'x86_64');
  if (!parsed.ok || parsed.value.expected === undefined) throw new Error('the call is right');
  expect([parsed.value.text, actionText(parsed.value.expected)]).toEqual([
    'i386: 4(1) at 0x5',
    'errno(EPERM)',
  ]);
});

test.each([
  'wrote(1)',
  'fork',
  'frobnicate_everything(1)',
  'i386: write(1)',
  'sparc: 5',
  'write(1, 2, 3, 4, 5, 6, 7)',
  'write(1',
  'write(1) 5',
  'write(STDOUT)',
  'write("text")',
  'write(0x1ffffffffffffffff)',
  'read at home',
  'read -> alow',
  '4294967296',
  '-2',
  '(1)',
])('%s', (text) => {
  const parsed = parseCall(text, text === 'fork' ? 'aarch64' : 'x86_64');
  if (parsed.ok) throw new Error('the call is wrong');
  const { code, message, help, offset, length } = parsed.problem;
  const caret = ' '.repeat(offset) + '^'.repeat(length);
  expect([text, caret, `${code}: ${message}`, `help: ${help}`].join('\n')).toMatchSnapshot();
});

test('nothing makes it fail other than by a message', () => {
  const pieces = fc.constantFrom(
    'write',
    '(',
    ')',
    ',',
    '1',
    '-',
    '|',
    'i386:',
    ':',
    'at',
    '->',
    'errno',
    '"',
    '0x',
    '~',
    '@a',
    'NULL',
  );
  const text = fc
    .array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 12 })
    .map((parts) => parts.join(' '));
  fc.assert(
    fc.property(text, (call) => {
      const parsed = parseCall(call, 'x86_64');
      if (!parsed.ok) expect(parsed.problem.message).not.toBe('');
    }),
    { numRuns: 8000, seed: 11 },
  );
});
