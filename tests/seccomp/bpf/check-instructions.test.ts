import { describe, expect, test } from 'vitest';
import { assemble, checkInstructions } from '../../../src/seccomp/index.ts';

function problemsOf(listing: string): string {
  const { program, diagnostics } = assemble(listing, { file: 'p.asm', architecture: 'x86_64' });
  if (program === undefined) throw new Error(diagnostics.map(({ message }) => message).join());
  return checkInstructions(program)
    .map(({ instruction, code, message, help }) => `${instruction}: ${code}: ${message}\nhelp: ${help}`)
    .join('\n');
}

describe('what the kernel refuses is said with its reason', () => {
  test.each([
    ['a load outside of the call', 'raw(0x20, 0, 0, 64); return allow'],
    ['a load between words', 'raw(0x20, 0, 0, 6); return allow'],
    ['a remainder', 'raw(0x94, 0, 0, 3); return allow'],
    ['a load of a byte', 'raw(0x30, 0, 0, 0); return allow'],
    ['a division by nothing', 'A /= 0; return allow'],
    ['a shift by a word', 'A <<= 32; A >>= 99; return allow'],
    ['scratch memory that is not there', 'mem[16] = A; A = mem[20]; return allow'],
    ['a jump behind the end', 'raw(0x05, 0, 0, 1); return allow'],
    ['a jump back', 'raw(0x05, 0, 0, 0xffffffff); return allow'],
    ['a test that leads behind the end', 'raw(0x15, 0, 9, 1); return allow'],
    ['an end without an answer', 'return allow; A = nr'],
    ['a jump at the end', 'raw(0x05, 0, 0, 0)'],
    ['scratch memory that nobody wrote', 'A = mem[3]; return A'],
    [
      'scratch memory that one way wrote',
      'if (A == 1) goto 1 else goto 2; mem[0] = A; X = mem[0]; return allow',
    ],
  ])('%s', (_, listing) => {
    expect(problemsOf(listing.replaceAll('; ', '\n'))).toMatchSnapshot();
  });

  test('all problems are listed, in the order of the program', () => {
    const listing = 'A /= 0\nA <<= 40\nmem[17] = X\nA = nr';
    expect(problemsOf(listing).match(/^\d+: \S+/gm)).toEqual([
      '0: bpf-division:',
      '1: bpf-shift:',
      '2: bpf-scratch:',
      '3: bpf-no-return:',
    ]);
  });

  test('of the length', () => {
    expect(checkInstructions({ instructions: [] })).toMatchSnapshot();
  });
});

test('a word that every way has written may be read', () => {
  const listing = 'if (A == 1) goto 1 else goto 3\nmem[0] = A\ngoto 4\nmem[0] = X\nX = mem[0]\nreturn allow';
  expect(problemsOf(listing)).toBe('');
});
