import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble } from '../../../src/seccomp/bpf/assemble.ts';
import { decodeProgram } from '../../../src/seccomp/bpf/decode-program.ts';
import { disassemble } from '../../../src/seccomp/bpf/disassemble.ts';
import type { Instruction } from '../../../src/seccomp/bpf/instruction.ts';
import { compileFilter, encodeProgram } from '../../../src/seccomp/index.ts';
import { filterOf } from '../support/policy.ts';
import { anyProgram, legalProgram } from '../support/random-program.ts';

const OPTIONS = { file: 'p.asm', architecture: 'x86_64' } as const;

function assembled(text: string): readonly Instruction[] {
  const { program, diagnostics } = assemble(text, OPTIONS);
  expect(diagnostics).toEqual([]);
  return program?.instructions ?? [];
}

describe('what the assembler makes of a listing is the same program', () => {
  const survives = (instructions: readonly Instruction[]): void => {
    const lines = disassemble({ architecture: 'x86_64', instructions });
    expect(assembled(lines.join('\n'))).toEqual(instructions);
    const bare = lines.map((line) => line.replace(/^\d+: /, '').replace(/ *#.*/, ''));
    expect(assembled(bare.join('\n'))).toEqual(instructions);
  };

  test('of any legal program', () => {
    fc.assert(fc.property(legalProgram(), survives), { numRuns: 600 });
  });

  test('and of one that the kernel would refuse', () => {
    fc.assert(
      fc.property(
        anyProgram.filter(({ length }) => length > 0),
        survives,
      ),
      { numRuns: 600 },
    );
  });

  test('of the longest program', () => {
    const [load, end]: readonly Instruction[] = [
      { code: 0x20, jt: 0, jf: 0, k: 0 },
      { code: 0x06, jt: 0, jf: 0, k: 0x7fff_0000 },
    ];
    if (load === undefined || end === undefined) throw new Error('two instructions');
    survives([{ code: 0x05, jt: 0, jf: 0, k: 4094 }, ...new Array(4094).fill(load), end]);
  });

  test.each(['x86_64', 'aarch64'] as const)('of a policy for %s, byte for byte', (architecture) => {
    const program = compileFilter(
      filterOf(['@system-service', 'write(fd == 1)', 'mmap(prot & 4 == 0)'], {}, architecture),
    );
    const text = disassemble(program).join('\n');
    const again = assemble(text, { file: 'p.asm', architecture }).program;
    expect(again && encodeProgram(again)).toEqual(encodeProgram(program));
  });
});

test('every way to write an instruction', () => {
  const text = `
# a filter with all that there is
begin: A = arch
  if (A != x86_64) goto foreign
  A = nr
  if (A < read) goto end else goto more   # never
more: 07: A = high(arg5)
  X = A
  A = low(ip)
  A += 1
  A -= X
  A *= 0x10
  A /= X
  A |= O_CREAT
  A &= AT_FDCWD
  A <<= 3
  A >>= X
  A ^= -1
  A = -A
  mem[3] = A
  mem[4] = X
  X = mem[3]
  A = mem[4]
  X = length
  A = length
  X = 9
  A = 9
  A = X
  if (A <= X) goto end
  if (A & 0xf) goto end else goto next
next:
  if (A >= openat) goto end
  goto foreign
  raw(0x16, 1, 2, 0x3)
end: return errno(EPERM)
  return trap(5)
  return A
  return 0x7fff0001
foreign: return kill_process
`;
  const program = { architecture: 'x86_64' as const, instructions: assembled(text) };
  expect(disassemble(program).join('\n')).toMatchSnapshot();
});

test('a line between numbered lines moves nothing', () => {
  const [first, ...rest] = [
    '0: A = nr',
    '1: if (A == 1) goto 2 else goto 3',
    '2: return allow',
    '3: return trap',
  ];
  const moved = assembled([first, 'A &= 0xff', ...rest].join('\n'));
  expect(moved[2]).toEqual({ code: 0x15, jt: 0, jf: 1, k: 1 });
});

test.each([
  '',
  '# only a comment',
  'A == nr',
  'A = fd',
  'A = low(arg6)',
  'A = arg0',
  'A %= 2',
  'X = nr',
  'X += 1',
  'B = 1',
  'retrun allow',
  'return',
  'return alow',
  'return errno(EPREM)',
  'return 0x100000000',
  'mem[1] = 5',
  'mem(1) = A',
  'A = mem[x]',
  'if A == 1 goto 2',
  'if (X == 1) goto 2',
  'if (A = 1) goto 2',
  'if (A == opnat) goto 2',
  'if (A == 1) return allow',
  'if (A == 1) goto 7',
  'goto else',
  'goto ned\nend: return allow',
  'goto end\nend:',
  'here: goto here',
  'a: A = nr\na: return allow',
  '1: goto 2\n3: return allow',
  'A: return allow',
  'return allow return allow',
  'raw(0x10000, 0, 0, 0)',
  'raw(6, 256, 0, 0)',
  'raw(6, 0)',
  'A = nr ; load',
  'A = 08',
])('%s', (text) => {
  const { program, diagnostics } = assemble(text, OPTIONS);
  expect(program).toBeUndefined();
  const shown = diagnostics.map(({ code, message, span, help }) => {
    const line = text.split('\n')[(span?.line ?? 1) - 1] ?? '';
    const caret = ' '.repeat((span?.column ?? 1) - 1) + '^'.repeat(span?.length ?? 0);
    return [line, caret, `${code}: ${message}`, ...(help === undefined ? [] : [`help: ${help}`])].join('\n');
  });
  expect(shown.join('\n')).toMatchSnapshot();
});

test('a test that leads too far says how far it reaches', () => {
  const { diagnostics } = assemble(
    `if (A == 1) goto end\n${'A = nr\n'.repeat(256)}end: return allow`,
    OPTIONS,
  );
  expect(diagnostics).toMatchSnapshot();
});

describe('nothing makes them fail other than by a message', () => {
  const words = [
    'A',
    'X',
    'mem',
    '[',
    ']',
    '(',
    ')',
    '=',
    '==',
    '&=',
    'goto',
    'if',
    'else',
    'return',
    'raw',
    ',',
  ];
  const more = [
    'low',
    'high',
    'arg0',
    'nr',
    ':',
    '0',
    '1',
    '0x',
    '99999999999',
    'end',
    'allow',
    'errno',
    '\n',
    '#',
    '"',
  ];
  const line = fc.array(fc.oneof(fc.constantFrom(...words, ...more), fc.string({ maxLength: 3 })), {
    maxLength: 14,
  });

  test('any text can be given to the assembler', () => {
    fc.assert(
      fc.property(line, (pieces) => {
        const text = pieces.join(' ');
        const { program, diagnostics, spans } = assemble(text, OPTIONS);
        expect(program === undefined).toBe(diagnostics.length > 0);
        if (program !== undefined) expect(spans).toHaveLength(program.instructions.length);
        for (const { message, span } of diagnostics) {
          expect(message).not.toBe('');
          expect(span?.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 8000, seed: 7 },
    );
  });

  test('any bytes can be decoded and listed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeProgram(bytes, 'x86_64');
        expect(decoded.ok).toBe(bytes.length > 0 && bytes.length % 8 === 0);
        if (!decoded.ok) return;
        expect(encodeProgram(decoded.program)).toEqual(bytes);
        const text = disassemble(decoded.program).join('\n');
        expect(encodeProgram(assemble(text, OPTIONS).program ?? decoded.program)).toEqual(bytes);
      }),
      { numRuns: 4000, seed: 7 },
    );
  });
});

test.each([
  ['lines that are nothing', 'frobnicate\n'.repeat(150_000)],
  ['jumps to nowhere', Array.from({ length: 60_000 }, (_, index) => `a${index}: goto b${index}`).join('\n')],
  ['one long line', `A = ${'('.repeat(500_000)}`],
  ['one long number', `A = ${'9'.repeat(500_000)}`],
  ['labels without end', 'a: '.repeat(150_000)],
])('%s are refused in time', (_, text) => {
  const start = performance.now();
  const { program, diagnostics } = assemble(text, OPTIONS);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(program).toBeUndefined();
  expect(diagnostics.length).toBeLessThanOrEqual(100);
});

test.each([0, 7, 8 * 4097])('%i bytes are no program', (length) => {
  expect(decodeProgram(new Uint8Array(length), 'x86_64')).toMatchSnapshot();
});
