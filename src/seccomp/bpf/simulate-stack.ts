import { constantNumber } from '../../kernel/constants.ts';
import type { Program } from './instruction.ts';
import { type CallData, type Run, trace } from './simulate.ts';

/** The answer of a stack of filters. */
export interface StackRun {
  /** The SECCOMP_RET_* value that counts. */
  readonly value: number;
  /** The filter that decides, from 0 in the order of installation; `undefined` when every filter answers allow. */
  readonly decidedBy: number | undefined;
  /** The run of each filter by itself, in the order of installation. */
  readonly runs: readonly Run[];
}

const ALLOW = constantNumber('SECCOMP_RET_ALLOW');

const ACTION_MASK = constantNumber('SECCOMP_RET_ACTION_FULL');

/** The action as the kernel compares it: signed, so that kill_process is the smallest. */
function strictness(value: number): number {
  return value & ACTION_MASK;
}

/**
 * Runs filters that are installed one over the other, the oldest first in the list. The smallest action counts, of equal
 * ones that of the newest filter with its data. Source: `seccomp_run_filters`, kernel/seccomp.c.
 */
export function simulateStack(programs: readonly Program[], call: CallData): StackRun {
  const runs = programs.map((program) => trace(program, call));
  let value = ALLOW;
  let decidedBy: number | undefined;
  for (const [index, run] of [...runs.entries()].toReversed()) {
    if (strictness(run.value) >= strictness(value)) continue;
    value = run.value;
    decidedBy = index;
  }
  return { value, decidedBy, runs };
}
