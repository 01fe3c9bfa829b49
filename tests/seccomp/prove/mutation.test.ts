import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { gateAddress } from '../../../src/plan/steps/page-zero.ts';
import { actionValue } from '../../../src/seccomp/action-value.ts';
import { checkInstructions } from '../../../src/seccomp/bpf/check-instructions.ts';
import type { Instruction, Program } from '../../../src/seccomp/bpf/instruction.ts';
import { OPERATION_CODES } from '../../../src/seccomp/bpf/operation.ts';
import { type CallData, simulate } from '../../../src/seccomp/bpf/simulate.ts';
import { compileFilter } from '../../../src/seccomp/compile/compile-filter.ts';
import type { Filter } from '../../../src/seccomp/filter.ts';
import { Diagrams } from '../../../src/seccomp/prove/diagram.ts';
import { programDiagram } from '../../../src/seccomp/prove/program-diagram.ts';
import { proveFilter } from '../../../src/seccomp/prove/prove-filter.ts';
import { effectiveValue } from '../../../src/seccomp/prove/stack.ts';
import { TooLargeToProveError } from '../../../src/seccomp/prove/too-large.ts';
import { filterOf } from '../support/policy.ts';

const PLACE = gateAddress('x86_64');

const RULES = [
  'read',
  'write(fd in {1, 2} || count > 0x100000005)',
  'lseek(offset in {0x7fffffff..0x180000000})',
  'mmap(prot & (PROT_WRITE|PROT_EXEC) != (PROT_WRITE|PROT_EXEC) && len < 0x200000000)',
  'fcntl(cmd in {F_GETFL, F_SETFL}) -> errno(EACCES)',
  'fcntl(cmd == F_GETFD)',
  'openat -> log',
  'kill -> trap(7)',
  'close',
];

const filters: Readonly<Record<string, Filter>> = {
  'ranges, masks and 64 bits': filterOf(RULES),
  'a kernel, and another machine': filterOf(RULES, { kernel: { text: '5.10', span: undefined } }, 'aarch64'),
  'calls from one place': {
    ...filterOf(['read', 'write(fd in {1, 2})', 'close', 'kill(pid == 0)']),
    overrides: filterOf(['write(fd in {3, 5})', 'accept4', 'kill(sig in {SIGKILL, SIGTERM})']).rules.filter(
      ({ call }) => ['write', 'accept4', 'kill'].includes(call),
    ),
    overridesAt: PLACE,
  },
};

/** Calls around every constant of a program, for every call number that stands in it. */
function boundaryCalls({ architecture, instructions }: Program): readonly CallData[] {
  const constants = [...new Set([0, ...instructions.filter(({ code }) => code !== 0x20).map(({ k }) => k)])];
  const words = [...new Set(constants.flatMap((k) => [k - 1, k, k + 1, ~k].map((value) => value >>> 0)))];
  const arch = AUDIT_ARCH[architecture];
  const numbers = words.filter((word) => word < 1024 || word >= 0x3fff_ffff);
  return numbers.flatMap((nr, first) => {
    const fields = words.map((word, index) => {
      const high = words[(index * 7 + first) % words.length] ?? 0;
      return (BigInt(index % 3 === 0 ? 0 : high) << 32n) | BigInt(word);
    });
    return Array.from({ length: 24 }, (_, round): CallData => {
      const at = (place: number): bigint => fields[(round * 11 + place * 5 + first) % fields.length] ?? 0n;
      return {
        arch: round === 23 ? 0x4000_0003 : arch,
        nr,
        args: [at(0), at(1), at(2), at(3), at(4), at(5)],
        instructionPointer: round % 2 === 0 ? PLACE : at(6),
      };
    });
  });
}

/** Changes of every field; what is the same as before is left out. */
function mutants(instruction: Instruction, next: number): readonly Instruction[] {
  const { code, jt, jf, k } = instruction;
  const codes = OPERATION_CODES.filter((_, index) => index % 4 === next % 4);
  return [
    ...codes.map((value) => ({ ...instruction, code: value })),
    ...[jt - 1, jt + 1, 0, jf].map((value) => ({ ...instruction, jt: value })),
    ...[jf - 1, jf + 1, 0, jt].map((value) => ({ ...instruction, jf: value })),
    ...[k - 1, k + 1, k ^ 0x8000_0000, k ^ 0x10, 0].map((value) => ({ ...instruction, k: value >>> 0 })),
    { code, jt: jf, jf: jt, k },
  ].filter(
    (mutant) =>
      mutant.jt >= 0 &&
      mutant.jf >= 0 &&
      mutant.jt < 256 &&
      mutant.jf < 256 &&
      (mutant.code !== code || mutant.jt !== jt || mutant.jf !== jf || mutant.k !== k),
  );
}

test.each(Object.entries(filters))(
  'every change of a program is caught, or changes nothing: %s',
  (_, filter) => {
    const program = compileFilter(filter);
    const calls = boundaryCalls(program);
    const answers = calls.map((call) => effectiveValue(simulate(program, call)));
    const seen = { caught: 0, same: 0, refused: 0 };
    program.instructions.forEach((instruction, index) => {
      let proof = new SharedProof(program);
      for (const mutant of mutants(instruction, index)) {
        const changed: Program = { ...program, instructions: program.instructions.with(index, mutant) };
        if (checkInstructions(changed).length > 0) continue;
        const what = `${index}: ${JSON.stringify(instruction)} -> ${JSON.stringify(mutant)}`;
        const verdict = proof.compare(changed);
        seen[verdict] += 1;
        if (verdict === 'refused') proof = new SharedProof(program);
        if (verdict === 'same') {
          for (const [place, call] of calls.entries())
            if (effectiveValue(simulate(changed, call)) !== answers[place])
              throw new Error(`not caught: ${what}`);
        }
        if (verdict === 'caught' && seen.caught % 20 === 1) checkWitness(filter, changed, what);
      }
    });
    expect(seen.caught).toBeGreaterThan(500);
    expect(seen.same).toBeLessThan(seen.caught / 4);
    expect(seen.refused).toBeLessThan(40);
  },
);

/** Compares changed programs with the original; what is equal in both is computed once. */
class SharedProof {
  readonly #diagrams = new Diagrams({ mostNodes: 1 << 17 });
  readonly #original: number;

  constructor(program: Program) {
    this.#original = this.#diagram(program);
  }

  /** A program that is too large to prove is refused, as a launch refuses it. */
  compare(changed: Program): 'same' | 'caught' | 'refused' {
    try {
      return this.#diagram(changed) === this.#original ? 'same' : 'caught';
    } catch (error) {
      if (error instanceof TooLargeToProveError) return 'refused';
      throw error;
    }
  }

  #diagram(program: Program): number {
    return this.#diagrams.map(effectiveValue, programDiagram(this.#diagrams, program));
  }
}

/** What is reported is true: the rules answer so, and the changed program answers otherwise. */
function checkWitness(filter: Filter, changed: Program, what: string): void {
  const { difference } = proveFilter(filter, [changed]);
  if (difference === undefined) throw new Error(`not caught by the whole proof: ${what}`);
  const { call, expected, found } = difference;
  expect(effectiveValue(simulate(compileFilter(filter), call)), what).toBe(actionValue(expected));
  expect(effectiveValue(simulate(changed, call)), what).toBe(actionValue(found));
  expect(actionValue(found)).not.toBe(actionValue(expected));
}
