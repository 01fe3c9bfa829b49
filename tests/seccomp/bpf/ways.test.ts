import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { syscallNumbers } from '../../../src/kernel/system-calls.ts';
import { knownValues } from '../../../src/seccomp/bpf/known-values.ts';
import { callWord } from '../../../src/seccomp/bpf/simulate.ts';
import {
  assemble,
  blocksOf,
  type CallData,
  cacheObstacle,
  compileFilter,
  dotGraph,
  type Instruction,
  type Program,
  simulate,
  testedArchitecture,
  trace,
} from '../../../src/seccomp/index.ts';
import { filterOf } from '../support/policy.ts';
import { legalProgram } from '../support/random-program.ts';

function programOf(listing: string): Program {
  const { program } = assemble(listing, { file: 'p.asm', architecture: 'x86_64' });
  if (program === undefined) throw new Error(`not a program: ${listing}`);
  return program;
}

/** Branches on the number and the machine, which random programs seldom have one after the other. */
const dispatching: fc.Arbitrary<readonly Instruction[]> = fc
  .array(
    fc.oneof(
      fc.constantFrom<Instruction>({ code: 0x20, jt: 0, jf: 0, k: 0 }, { code: 0x20, jt: 0, jf: 0, k: 4 }),
      fc.record({
        code: fc.constantFrom(0x15, 0x25, 0x35, 0x45),
        jt: fc.nat(3),
        jf: fc.nat(3),
        k: fc.constantFrom(0, 1, 2, 3, 600, 0xc000003e, 0x40000003, 0xffff_ffff),
      }),
      fc.constant<Instruction>({ code: 0x54, jt: 0, jf: 0, k: 0xff }),
      fc.nat(3).map((k): Instruction => ({ code: 0x05, jt: 0, jf: 0, k })),
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((body) => [...body, ...new Array<Instruction>(4).fill({ code: 0x06, jt: 0, jf: 0, k: 0x7fff_0000 })]);

const call: fc.Arbitrary<CallData> = fc.record({
  arch: fc.constantFrom(0xc000003e, 0x40000003, 0),
  nr: fc.constantFrom(0, 1, 2, 3, 600, 0xffff_ffff),
  args: fc.array(fc.bigInt(0n, (1n << 64n) - 1n), { minLength: 6, maxLength: 6 }),
});

test('what is known at an instruction is true for every call that comes there', () => {
  fc.assert(
    fc.property(fc.oneof(dispatching, legalProgram()), call, (instructions, data) => {
      const known = knownValues(instructions);
      for (const index of trace({ architecture: 'x86_64', instructions }, data).path) {
        const state = known[index];
        expect(state).toBeDefined();
        if (state?.arch !== undefined) expect(data.arch).toBe(state.arch);
        expect(data.nr).toBeGreaterThanOrEqual(state?.lowest ?? 0);
        expect(data.nr).toBeLessThanOrEqual(state?.highest ?? 0);
        if (state?.word === undefined) continue;
        // The program up to here, which then answers with A.
        const upToHere = instructions.with(index, { code: 0x16, jt: 0, jf: 0, k: 0 });
        expect(simulate({ architecture: 'x86_64', instructions: upToHere }, data)).toBe(
          callWord(data, state.word),
        );
      }
    }),
    { numRuns: 3000, seed: 3 },
  );
});

test('every way of a call is a way through the blocks', () => {
  fc.assert(
    fc.property(fc.oneof(dispatching, legalProgram()), call, (instructions, data) => {
      const program: Program = { architecture: 'x86_64', instructions };
      const blocks = new Map(blocksOf(program).map((block) => [block.first, block]));
      expect([...blocks.values()].reduce((sum, { lines }) => sum + lines.length, 0)).toBe(
        instructions.length,
      );
      const { path } = trace(program, data);
      let block = blocks.get(0);
      for (const [step, index] of path.entries()) {
        if (blocks.has(index) && step > 0) {
          expect(block?.next.map(({ to }) => to)).toContain(index);
          block = blocks.get(index);
        } else if (step > 0) expect(index).toBe((path[step - 1] ?? 0) + 1);
      }
    }),
    { numRuns: 1000, seed: 5 },
  );
});

test('a graph in the language of Graphviz', () => {
  const listing = `A = arch
    if (A != x86_64) goto dead
    A = nr
    if (A == getpid) goto fine
    if (A & 0x1) goto dead else goto fine
    fine: return allow
    dead: return errno(EPERM)`;
  expect(dotGraph(blocksOf(programOf(listing)))).toMatchSnapshot();
});

test.each<[string, string, unknown]>([
  ['plain allow', 'A = nr\nif (A == 1) goto 2\nreturn allow', undefined],
  ['plain allow behind AND', 'A = nr\nA &= 0xff\nif (A >= 1) goto 3\nreturn allow', undefined],
  ['allow with data', 'return 0x7fff0001', { kind: 'answer', instruction: 0, value: 0x7fff_0001 }],
  ['another answer', 'return log', { kind: 'answer', instruction: 0, value: 0x7ffc_0000 }],
  ['an argument', 'A = low(arg1)\nreturn allow', { kind: 'word', instruction: 0, offset: 24 }],
  ['the place of the call', 'A = high(ip)\nreturn allow', { kind: 'word', instruction: 0, offset: 12 }],
  ['arithmetic', 'A = nr\nA += 1\nreturn allow', { kind: 'operation', instruction: 1 }],
  ['the second register', 'X = 5\nreturn allow', { kind: 'operation', instruction: 0 }],
  ['a test with it', 'if (A == X) goto 1\nreturn allow', { kind: 'operation', instruction: 0 }],
  ['the length', 'A = length\nreturn allow', { kind: 'operation', instruction: 0 }],
  ['the answer in A', 'return A', { kind: 'operation', instruction: 0 }],
])('the cache and %s', (_, listing, obstacle) => {
  expect(cacheObstacle(programOf(listing), { arch: AUDIT_ARCH.x86_64, nr: 1 })).toEqual(obstacle);
});

test('what is cached answers allow whatever the arguments are', () => {
  const program = compileFilter(filterOf(['@start', '@stdio', 'write(fd == 1)']));
  const arch = AUDIT_ARCH.x86_64;
  const cached = [...syscallNumbers('x86_64').keys()].filter(
    (nr) => cacheObstacle(program, { arch, nr }) === undefined,
  );
  expect(cached.length).toBeGreaterThan(20);
  fc.assert(
    fc.property(fc.constantFrom(...cached), call, (nr, data) => {
      expect(simulate(program, { ...data, arch, nr })).toBe(0x7fff_0000);
    }),
  );
});

test('the machine that a program tests for', () => {
  const compiled = compileFilter(filterOf(['read'], {}, 'aarch64'));
  expect(testedArchitecture(compiled.instructions)).toBe('aarch64');
  expect(testedArchitecture(programOf('A = nr\nreturn allow').instructions)).toBeUndefined();
  const both = 'A = arch\nif (A == x86_64) goto 3\nif (A == aarch64) goto 3\nreturn allow';
  expect(testedArchitecture(programOf(both).instructions)).toBeUndefined();
});
