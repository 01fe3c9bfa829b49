import type { Slot } from '../step.ts';

/**
 * The number of connections that the kernel finishes and keeps until they are accepted; it lowers this to
 * net.core.somaxconn.
 */
export const BACKLOG = 4096;

export function listenerSlot(index: number): Slot {
  return `listener.${index}`;
}
