import type { Architecture } from '../kernel/architecture.ts';
import { syscallNumber } from '../kernel/system-calls.ts';

/** The calls that `confine()` makes, and asks the filter about. */
const CALLS = [
  'close',
  'dup3',
  'io_uring_enter',
  'io_uring_register',
  'io_uring_setup',
  'mmap',
  'mremap',
  'munmap',
  'prctl',
  'pread64',
  'prlimit64',
  'seccomp',
] as const;

export type CallNumbers = Readonly<Record<(typeof CALLS)[number], number>>;

/** Their numbers. Both architectures have all of them. */
export function callNumbers(architecture: Architecture): CallNumbers {
  const numbers = CALLS.map((call) => [call, syscallNumber(call, architecture)]);
  return Object.fromEntries(numbers) as CallNumbers;
}
