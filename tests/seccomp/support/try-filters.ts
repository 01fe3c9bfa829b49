import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Instruction } from '../../../src/seccomp/bpf/instruction.ts';
import type { Call } from './oracle.ts';

/** Filters in the order of installation, and a call under them. */
export interface Case {
  readonly filters: readonly (readonly Instruction[])[];
  readonly call: Call;
}

/** What the kernel makes of a case: `refused`, `killed`, or `answer N`. */
export type Outcome = string;

export interface Outcomes {
  /** The address behind the call, which is the same in every case. */
  readonly instructionPointer: bigint;
  readonly outcomes: readonly Outcome[];
}

/** The C program that tries many filters on this kernel, compiled. */
export interface FilterTrial {
  readonly run: (cases: readonly Case[]) => Outcomes;
  readonly remove: () => void;
}

export function compileTrial(): FilterTrial {
  const directory = mkdtempSync(join(tmpdir(), 'try-filters-'));
  const binary = join(directory, 'try-filters');
  const source = fileURLToPath(new URL('../try-filters.c', import.meta.url));
  // Without address randomization the address of the call can be known beforehand.
  execFileSync('cc', ['-O1', '-Wall', '-Werror', '-static', '-no-pie', '-o', binary, source]);
  return {
    run: (cases) => {
      const { status, stdout, stderr } = spawnSync(binary, { input: encodeCases(cases), encoding: 'utf8' });
      if (status !== 0) throw new Error(`try-filters ended with ${status}: ${stderr}`);
      const [address = '', ...outcomes] = stdout.trim().split('\n');
      return { instructionPointer: BigInt(`0x${address}`), outcomes };
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}

function encodeCases(cases: readonly Case[]): Uint8Array {
  const words = cases.flatMap(({ filters, call }) => [
    filters.length,
    ...filters.flatMap((instructions) => [
      instructions.length,
      ...instructions.flatMap(({ code, jt, jf, k }) => [code + jt * 0x1_0000 + jf * 0x100_0000, k]),
    ]),
    call.nr,
    ...[0, 1, 2, 3, 4, 5].flatMap((index) => {
      const value = call.args[index] ?? 0n;
      return [Number(BigInt.asUintN(32, value)), Number(value >> 32n)];
    }),
  ]);
  return new Uint8Array(Uint32Array.from(words).buffer);
}
