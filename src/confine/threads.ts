import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { ConfineError } from './confine-error.ts';

/** The confinement of a thread, from /proc/self/task/N/status. Source: proc_pid_status(5). */
interface ThreadStatus {
  readonly noNewPrivileges: boolean;
  readonly filtered: boolean;
  /** The number of filters that decide about its calls; `undefined` before Linux 5.9, which does not report it. */
  readonly filters: number | undefined;
}

/** A status is some 1500 bytes. */
const STATUS_BYTES = 16 * 1024;

/**
 * The threads of this process, with their status files open: a filter may forbid to open files, so what is to be read
 * afterwards is opened before. Threads that are born later inherit their confinement.
 */
export class Threads {
  readonly #descriptors = new Map<number, number>();

  constructor() {
    for (const name of listThreads()) {
      const descriptor = openStatus(name);
      if (descriptor !== undefined) this.#descriptors.set(Number(name), descriptor);
    }
  }

  /** Returns the number of filters of the calling thread, which is the thread with the number of the process. */
  filters(): number | undefined {
    const own = this.#descriptors.get(process.pid);
    const status = own === undefined ? undefined : readStatus(own);
    if (status === undefined)
      throw new ConfineError('threads', 'the status of the calling thread cannot be read');
    return status.filters;
  }

  /** Every thread that still lives has a filter more than `before` and can gain no privilege; answers how many there are. */
  check(before: number | undefined): number {
    let living = 0;
    for (const [thread, descriptor] of this.#descriptors) {
      const status = readStatus(descriptor);
      if (status === undefined) continue;
      living += 1;
      if (!status.noNewPrivileges)
        throw new ConfineError('threads', `thread ${thread} can still gain privileges`, { thread });
      const counted = before === undefined || status.filters === before + 1;
      if (!status.filtered || !counted)
        throw new ConfineError('threads', `thread ${thread} is without the filter`, { thread });
    }
    return living;
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor);
    this.#descriptors.clear();
  }
}

function listThreads(): readonly string[] {
  try {
    return readdirSync('/proc/self/task');
  } catch {
    throw new ConfineError('threads', 'cannot list /proc/self/task; mount /proc');
  }
}

/** `undefined`: the thread has ended. */
function openStatus(thread: string): number | undefined {
  try {
    return openSync(`/proc/self/task/${thread}/status`, 'r');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw new ConfineError('threads', `cannot open the status of thread ${thread}: ${String(error)}`);
  }
}

function readStatus(descriptor: number): ThreadStatus | undefined {
  const bytes = Buffer.alloc(STATUS_BYTES);
  let length = 0;
  try {
    length = readSync(descriptor, bytes, 0, bytes.length, 0);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw new ConfineError('threads', `cannot read the status of a thread: ${String(error)}`);
  }
  const text = bytes.toString('latin1', 0, length);
  const field = (name: string): string | undefined => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1];
  const filters = field('Seccomp_filters');
  return {
    noNewPrivileges: field('NoNewPrivs') === '1',
    filtered: field('Seccomp') === '2',
    filters: filters === undefined ? undefined : Number(filters),
  };
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ESRCH';
}
