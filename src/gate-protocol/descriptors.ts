/** The descriptors that a gate is started with. `gate/gate.h` has the same numbers. */
export const GATE_DESCRIPTORS = { events: 3, control: 4, log: 5, image: 6 } as const;

/** Orders that a gate reads from its control pipe, one byte each. The end of the pipe ends everything at once. */
export const ORDERS = { go: 'g', drain: 'd', stop: 'k' } as const;
