import { actionValue } from '../action-value.ts';
import type { PredicateNode } from './predicate-graph.ts';

/**
 * Calls that programs make all the time, with their frequency beside a call that is made now and then. They describe no
 * particular program. Only the order of calls has to be right.
 */
const FREQUENT: ReadonlyMap<string, number> = new Map([
  ...timesOften(4, ['read', 'write', 'futex', 'epoll_wait', 'epoll_pwait', 'recvfrom', 'sendto']),
  ...timesOften(2, [
    'close',
    'openat',
    'fstat',
    'newfstatat',
    'mmap',
    'munmap',
    'poll',
    'ppoll',
    'ioctl',
    'lseek',
  ]),
  ...timesOften(2, [
    'recvmsg',
    'sendmsg',
    'readv',
    'writev',
    'pread64',
    'pwrite64',
    'fcntl',
    'rt_sigprocmask',
  ]),
]);

const ALLOW = actionValue({ kind: 'allow' });

function timesOften(times: number, names: readonly string[]): readonly (readonly [string, number])[] {
  return names.map((name) => [name, times]);
}

/** Of a call that is allowed, in the unit of these weights. */
const ALLOWED = 16;

/** Calls that are denied are rare, and numbers without a call more so. */
const DENIED = 1;

/** The weight of all counts of a profile together. It is larger than that of all calls without a count. */
const COUNTED = 2 ** 16;

/**
 * The factor for calls whose arguments count. The kernel runs the filter at each of them, and answers all others from its
 * cache.
 */
const TIMES_UNCACHED = 4;

/** The relative frequency of a call, for which the search for its number is optimised. */
export type CallWeight = (name: string, node: PredicateNode) => number;

/** By a profile that was counted, if there is one. */
export function callWeights(counts: ReadonlyMap<string, number> | undefined): CallWeight {
  const total = [...(counts?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  const counted = (name: string): number => {
    const count = counts?.get(name) ?? 0;
    return total === 0 ? 0 : Math.round((COUNTED * count) / total);
  };
  const times = (name: string): number => (total === 0 ? (FREQUENT.get(name) ?? 1) : 1);
  return (name, node) => {
    if (node.kind === 'return' && node.value !== ALLOW) return DENIED + counted(name);
    const weight = ALLOWED * times(name) + counted(name);
    return node.kind === 'test' ? weight * TIMES_UNCACHED : weight;
  };
}
