import type { Policy } from '../policy/policy.ts';

/** The descriptors that a gate is started with. The headers of the gate have the same numbers. */
export const GATE_DESCRIPTORS = { events: 3, control: 4, log: 5, image: 6 } as const;

/**
 * Those of an outer gate without a supervisor, where they differ: the pipe that tells the inner gate that it is alone,
 * the orders that the outer gate forwards, and the caller's descriptors that the plan keeps. The headers of the gate
 * have the same numbers.
 */
export const OUTER_DESCRIPTORS = { lifeline: 4, orders: 6, output: 7, error: 8, signals: 9 } as const;

/**
 * Those of a gate that hears the kernel's audit: the records, the socket over which the inner gate asks the outer one for
 * a number of the host, and the outer end of it, whose owner is the answer. The headers of the gate have the same numbers.
 */
export const AUDIT_DESCRIPTORS = { audit: 10, numbers: 11, owner: 12 } as const;

/** The socket by which a gate asks the kernel about connections. The headers of the gate have the same number. */
export const TIMES_DESCRIPTOR = 13;

/** The first of the sockets whose datagrams the gate passes on; the others follow it. */
export const PEER_DESCRIPTOR = 14;

/**
 * The first descriptor without a use of its own in a gate of this policy: all numbers before this one have one. Sockets
 * that are passed stand here and behind it when a gate begins.
 */
export function firstFree({ handoff, listen }: Pick<Policy, 'handoff' | 'listen'>): number {
  return handoff === 'peer' ? PEER_DESCRIPTOR + listen.length : TIMES_DESCRIPTOR + 1;
}
