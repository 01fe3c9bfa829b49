import type { ListenAddress } from '../../policy/policy.ts';
import type { Slot } from '../step.ts';

/**
 * The number of connections that the kernel finishes and keeps until they are accepted; it lowers this to
 * net.core.somaxconn.
 */
export const BACKLOG = 4096;

/** The same of one listener. */
export function backlogOf(address: ListenAddress): number {
  return address.kind === 'tcp' ? (address.options?.backlog ?? BACKLOG) : BACKLOG;
}

export function listenerSlot(index: number): Slot {
  return `listener.${index}`;
}
