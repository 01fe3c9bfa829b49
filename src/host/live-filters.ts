import { constantNumber } from '../kernel/constants.ts';
import { errnoOf } from '../kernel/errno.ts';
import { INSTRUCTION_BYTES } from '../seccomp/bpf/encode-program.ts';
import { MAX_INSTRUCTIONS } from '../seccomp/bpf/instruction.ts';
import { ErrnoError, ptrace, waitpid } from './libc.ts';

const PTRACE_DETACH = constantNumber('PTRACE_DETACH');
const PTRACE_SEIZE = constantNumber('PTRACE_SEIZE');
const PTRACE_INTERRUPT = constantNumber('PTRACE_INTERRUPT');
const PTRACE_SECCOMP_GET_FILTER = constantNumber('PTRACE_SECCOMP_GET_FILTER');

/** Also threads that were not started by fork. */
const WALL = constantNumber('__WALL');

const NO_FILTER: ReadonlySet<number> = new Set(['ENOENT', 'EINVAL'].map(errnoOf));

/** A task has at most 32768 instructions in all, so no more filters than that. */
const MOST_FILTERS = 32_768;

/**
 * Reads the filters of a running thread, the newest first, as raw programs. The thread is stopped for as long as that
 * takes. Throws an `ErrnoError`: reading takes CAP_SYS_ADMIN, and that the caller has no filter itself.
 */
export function readLiveFilters(pid: number): readonly Buffer[] {
  ptrace(PTRACE_SEIZE, pid, 0, 0);
  try {
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, WALL);
    return readFilters(pid);
  } finally {
    ptrace(PTRACE_DETACH, pid, 0, 0);
  }
}

function readFilters(pid: number): readonly Buffer[] {
  const filters: Buffer[] = [];
  while (filters.length < MOST_FILTERS) {
    const buffer = Buffer.alloc(MAX_INSTRUCTIONS * INSTRUCTION_BYTES);
    const count = nextFilter(pid, filters.length, buffer);
    if (count === undefined) break;
    filters.push(buffer.subarray(0, count * INSTRUCTION_BYTES));
  }
  return filters.reverse();
}

/**
 * Returns the number of instructions of the filter that was installed after `index` others; `undefined` without one.
 */
function nextFilter(pid: number, index: number, buffer: Buffer): number | undefined {
  try {
    return ptrace(PTRACE_SECCOMP_GET_FILTER, pid, index, buffer);
  } catch (error) {
    // No filter has this index; a thread without any has no seccomp mode at all.
    if (error instanceof ErrnoError && NO_FILTER.has(error.errno)) return undefined;
    throw error;
  }
}
