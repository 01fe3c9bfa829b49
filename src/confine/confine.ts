import { isMainThread } from 'node:worker_threads';
import { hostArchitecture } from '../host/host-architecture.ts';
import { addressOf, systemCall } from '../host/libc.ts';
import { constantNumber } from '../kernel/constants.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { encodeProgram, type Program } from '../seccomp/index.ts';
import { type CallNumbers, callNumbers } from './call-numbers.ts';
import { ConfineError } from './confine-error.ts';
import {
  type ConfineFilter,
  compileConfinement,
  readFilterOption,
  requireNeededCalls,
} from './confine-filter.ts';
import { type RlimitsOption, readRlimits, setRlimits } from './rlimits.ts';
import { sealableRings, sealRings } from './seal-rings.ts';
import { inStep } from './step.ts';
import { Threads } from './threads.ts';

export interface ConfineOptions {
  /**
   * The calls that the process may make from now on: rules of the filter language, or a program of `portcullis/seccomp`.
   * A call that no rule names fails with EPERM, unless `default` gives another action.
   */
  readonly filter: ConfineFilter;
  /** Resource limits, set for the whole process before the filter. */
  readonly rlimits?: RlimitsOption;
}

/** The result of `confine()`; all of it was read back from the kernel. */
export interface Confinement {
  /** The number of threads of the process; each of them has the filter. */
  readonly threads: number;
  /** The descriptors of the io_uring rings that were sealed: they can do epoll_ctl and nothing else. */
  readonly rings: readonly number[];
  readonly program: Program;
  /** The warnings about the rules. */
  readonly warnings: readonly Diagnostic[];
}

const PR_SET_NO_NEW_PRIVS = constantNumber('PR_SET_NO_NEW_PRIVS');
const SECCOMP_SET_MODE_FILTER = constantNumber('SECCOMP_SET_MODE_FILTER');
const SECCOMP_FILTER_FLAG_TSYNC = constantNumber('SECCOMP_FILTER_FLAG_TSYNC');

/**
 * Confines this process, all of its threads at once and for good: resource limits, no_new_privs and a seccomp filter. Threads
 * and programs that it starts later inherit all three. It may be called again, to narrow further. Only for the main thread.
 *
 * Throws a `ConfineError`, which names the step. Unless its `unchanged` is true the process is confined in part, and must end.
 */
export function confine(options: ConfineOptions): Confinement {
  if (!isMainThread)
    throw new ConfineError(
      'options',
      'confine() is called in a Worker; the main thread calls it, for all threads',
    );
  const architecture = hostArchitecture();
  const numbers = callNumbers(architecture);
  const limits = readRlimits(options.rlimits ?? {});
  const read = readFilterOption(options.filter, architecture);
  const rings = sealableRings(numbers);
  const { descriptors } = rings;
  const program = compileConfinement(read, descriptors);
  requireNeededCalls(program, descriptors, numbers, architecture);

  const threads = new Threads();
  try {
    const before = threads.filters();
    sealRings(rings, numbers);
    setRlimits(limits, numbers.prlimit64);
    inStep('no-new-privileges', () => systemCall('prctl', numbers.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    install(program, numbers);
    return { threads: threads.check(before), rings: descriptors, program, warnings: read.warnings };
  } finally {
    threads.close();
  }
}

/** `struct sock_fprog`: the number of instructions, padding, and the address of the first, which follows here. */
const HEADER_BYTES = 16;

/** seccomp(2) with TSYNC: no_new_privs and the filter for every thread, or for none. */
function install(program: Program, numbers: CallNumbers): void {
  const memory = Buffer.concat([Buffer.alloc(HEADER_BYTES), encodeProgram(program)]);
  memory.writeUInt16LE(program.instructions.length, 0);
  memory.writeBigUInt64LE(addressOf(memory) + BigInt(HEADER_BYTES), 8);
  const answer = inStep('filter', () =>
    systemCall('seccomp', numbers.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, memory),
  );
  if (answer === 0) return;
  const found = `thread ${answer} has a filter of its own, which this one cannot be put on; no thread has it`;
  throw new ConfineError('filter', found, { thread: answer });
}
