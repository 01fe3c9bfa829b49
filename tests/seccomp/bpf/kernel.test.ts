import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { syscallNumber } from '../../../src/kernel/system-calls.ts';
import { decodeAction } from '../../../src/seccomp/action-value.ts';
import { checkInstructions } from '../../../src/seccomp/bpf/check-instructions.ts';
import type { Instruction } from '../../../src/seccomp/bpf/instruction.ts';
import { OPERATION_CODES } from '../../../src/seccomp/bpf/operation.ts';
import { simulateStack } from '../../../src/seccomp/bpf/simulate-stack.ts';
import { ARCHITECTURE } from '../support/live-filter.ts';
import type { Call } from '../support/oracle.ts';
import { anyProgram, legalProgram, mutated } from '../support/random-program.ts';
import { type Case, compileTrial, type FilterTrial, type Outcome } from '../support/try-filters.ts';

let trial: FilterTrial;

beforeAll(() => {
  trial = compileTrial();
});

afterAll(() => trial.remove());

const SEED = 20_260_901;
const ENOSYS = 38;

/** No kernel has these calls, so that what a filter lets pass answers ENOSYS. */
const call: fc.Arbitrary<Call> = fc.record({
  nr: fc.constantFrom(600, 601, 777, 900),
  args: fc.array(
    fc.oneof(fc.constantFrom(0n, 1n, 0xffff_ffffn, 1n << 32n), fc.bigInt(0n, (1n << 64n) - 1n)),
    {
      minLength: 6,
      maxLength: 6,
    },
  ),
});

const SECCOMP = syscallNumber('seccomp', ARCHITECTURE) ?? 0;

/** Further filters can be installed whatever follows. */
const LET_SECCOMP: readonly Instruction[] = [
  { code: 0x20, jt: 0, jf: 0, k: 0 },
  { code: 0x15, jt: 0, jf: 1, k: SECCOMP },
  { code: 0x06, jt: 0, jf: 0, k: 0x7fff_0000 },
];

/** What the kernel is expected to say of filters that it takes. */
function expected({ filters, call: { nr, args } }: Case, instructionPointer: bigint): Outcome {
  const programs = filters.map((instructions) => ({ architecture: ARCHITECTURE, instructions }));
  const data = { arch: AUDIT_ARCH[ARCHITECTURE], nr, args, instructionPointer };
  const action = decodeAction(simulateStack(programs, data).value);
  switch (action.kind) {
    case 'kill_process':
    case 'kill_thread':
    case 'trap':
      return 'killed';
    case 'errno':
      return `answer ${action.errno}`;
    default:
      return `answer ${ENOSYS}`;
  }
}

function compare(cases: readonly Case[]): { readonly refused: number; readonly taken: number } {
  const { outcomes, instructionPointer } = trial.run(cases);
  expect(outcomes).toHaveLength(cases.length);
  for (const [index, each] of cases.entries()) {
    const problems = each.filters.flatMap((instructions) => checkInstructions({ instructions }));
    const wanted = problems.length > 0 ? 'refused' : expected(each, instructionPointer);
    if (outcomes[index] === wanted) continue;
    expect({ filters: each.filters, call: each.call, problems, outcome: outcomes[index] }).toEqual(wanted);
  }
  const refused = outcomes.filter((outcome) => outcome === 'refused').length;
  return { refused, taken: outcomes.length - refused };
}

test('the kernel refuses what the check refuses, of thousands of random and mutated programs', () => {
  const program = fc.oneof(
    { weight: 1, arbitrary: anyProgram },
    { weight: 3, arbitrary: mutated(legalProgram()) },
    { weight: 1, arbitrary: mutated(mutated(legalProgram().map((instructions) => instructions.slice(3)))) },
  );
  const cases = fc
    .sample(fc.tuple(program, call), { numRuns: 6000, seed: SEED })
    .map(([filter, data]) => ({ filters: [filter], call: data }));
  const { refused, taken } = compare(cases);
  expect(Math.min(refused, taken)).toBeGreaterThan(1000);
});

test('the kernel computes what the simulator computes, with every operation', () => {
  const cases = fc
    .sample(fc.tuple(legalProgram(), call), { numRuns: 6000, seed: SEED })
    .map(([filter, data]) => ({ filters: [filter], call: data }));
  expect(compare(cases).refused).toBe(0);
  const codes = new Set(cases.flatMap(({ filters }) => filters.flat()).map(({ code }) => code));
  expect([...codes].sort()).toEqual([...OPERATION_CODES].sort());
});

test('the kernel orders the answers of up to four filters as the simulator does', () => {
  const filters = fc.array(legalProgram(LET_SECCOMP), { minLength: 2, maxLength: 4 });
  const cases = fc
    .sample(fc.tuple(filters, call), { numRuns: 2000, seed: SEED })
    .map(([stack, data]) => ({ filters: stack, call: data }));
  expect(compare(cases).refused).toBe(0);
});

test.each([0, 1, 4095, 4096, 4097])('a program of %i instructions', (length) => {
  const filter = new Array<Instruction>(length).fill({ code: 0x06, jt: 0, jf: 0, k: 0x5_0007 });
  const { refused } = compare([{ filters: [filter], call: { nr: 600, args: [] } }]);
  expect(refused).toBe(length === 0 || length === 4097 ? 1 : 0);
});

test('every code of eight bits is taken or refused as the check says, with constants that are right for it', () => {
  const cases = Array.from(
    { length: 256 },
    (_, code): Case => ({
      filters: [
        [
          { code: 0x02, jt: 0, jf: 0, k: 4 },
          { code, jt: 0, jf: 0, k: code === 0x05 ? 0 : 4 },
          { code: 0x06, jt: 0, jf: 0, k: 0x5_0007 },
        ],
      ],
      call: { nr: 600, args: [] },
    }),
  );
  expect(compare(cases).taken).toBe(OPERATION_CODES.length);
});
