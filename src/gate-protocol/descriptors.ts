export { GATE_DESCRIPTORS } from '../plan/gate-descriptors.ts';

/** Orders that a gate reads from its control pipe, one byte each. The end of the pipe ends everything at once. */
export const ORDERS = { go: 'g', drain: 'd', stop: 'k' } as const;
