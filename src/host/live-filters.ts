import { errnoNumber } from '../kernel/errno.ts';
import { ErrnoError, ptrace, waitpid } from './libc.ts';

// Source: include/uapi/linux/ptrace.h; the same on x86-64 and AArch64.
const PTRACE_DETACH = 17;
const PTRACE_SEIZE = 0x4206;
const PTRACE_INTERRUPT = 0x4207;
const PTRACE_SECCOMP_GET_FILTER = 0x420c;

/** Source: include/uapi/linux/wait.h. Also threads that were not started by fork. */
const WALL = 0x4000_0000;

/** The kernel takes at most this many instructions in one program. */
const MOST_INSTRUCTIONS = 4096;
const INSTRUCTION_BYTES = 8;

const NO_FILTER: ReadonlySet<number | undefined> = new Set([errnoNumber('ENOENT'), errnoNumber('EINVAL')]);

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
    const buffer = Buffer.alloc(MOST_INSTRUCTIONS * INSTRUCTION_BYTES);
    const count = nextFilter(pid, filters.length, buffer);
    if (count === undefined) break;
    filters.push(buffer.subarray(0, count * INSTRUCTION_BYTES));
  }
  return filters.reverse();
}

/** How many instructions the filter has that was installed after so many others; `undefined`: there is none. */
function nextFilter(pid: number, index: number, buffer: Buffer): number | undefined {
  try {
    return ptrace(PTRACE_SECCOMP_GET_FILTER, pid, index, buffer);
  } catch (error) {
    // No filter has this index; a thread without any has no seccomp mode at all.
    if (error instanceof ErrnoError && NO_FILTER.has(error.errno)) return undefined;
    throw error;
  }
}
