import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { ConfineError, type ConfineStep } from './confine-error.ts';

/** An io_uring ring of this process. Calls that are submitted to one are made by the kernel without asking a filter. */
export interface Ring {
  readonly descriptor: number;
  readonly entries: number;
  readonly completions: number;
}

/** The name of a ring in /proc, as an open file and as mapped memory. */
export const RING_FILE = 'anon_inode:[io_uring]';

/**
 * The rings of this process. From version 1.50 on libuv makes one for each event loop, only to register descriptors with epoll
 * in fewer calls; UV_USE_IO_URING=0 does not prevent it. Throws for a ring that cannot be sealed: one that is in
 * use, or that the kernel polls without being called.
 */
export function findRings(): readonly Ring[] {
  return ringDescriptors().map(readRing);
}

/** Returns the descriptors of all rings, in any state. */
export function ringDescriptors(): readonly number[] {
  return readdirSync('/proc/self/fd')
    .filter((name) => linkOf(name) === RING_FILE)
    .map(Number);
}

/** `undefined`: closed since it was listed, as the descriptor of the list itself. */
function linkOf(descriptor: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}

/**
 * The most looks at a ring until it is idle, a millisecond apart. A loop uses its ring for microseconds in each turn.
 */
const TRIES = 200;

/** Throws for a ring with submissions or answers that have not been taken yet. */
export function requireIdle(descriptor: number, step: ConfineStep): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let left = TRIES; left > 0; left -= 1) {
    const field = ringFields(descriptor);
    if (field('SqHead') === field('SqTail') && field('CqHead') === field('CqTail')) return;
    Atomics.wait(clock, 0, 0, 1);
  }
  const found = `io_uring ring ${descriptor} is in use; call confine() while other threads wait`;
  throw new ConfineError(step, found);
}

function readRing(descriptor: number): Ring {
  const field = ringFields(descriptor);
  if (field('SqThread') !== -1) {
    const fix = 'start Node without UV_USE_IO_URING=1';
    throw new ConfineError(
      'rings',
      `io_uring ring ${descriptor} is polled by the kernel, past every filter; ${fix}`,
    );
  }
  requireIdle(descriptor, 'rings');
  return { descriptor, entries: field('SqMask') + 1, completions: field('CqMask') + 1 };
}

/** Reads the kernel's report on a ring. Source: `io_uring_show_fdinfo`, io_uring/fdinfo.c. */
function ringFields(descriptor: number): (name: string) => number {
  const text = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
  return (name) => {
    const found = new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1];
    if (found === undefined)
      throw new ConfineError('rings', `the kernel does not report ${name} of io_uring ring ${descriptor}`);
    return Number(found);
  };
}
