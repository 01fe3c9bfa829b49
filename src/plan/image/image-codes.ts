import type { VariableValue } from '../step.ts';

// The numbers that stand in an image for the words of a plan: those of `gate/image.h`.

/** The gate refuses every other version. */
export const IMAGE_VERSION = 9;

export const HEADER_SIZE = 64;
export const NO_SLOT = 0xffff;

/** The gate has room for so many. */
export const MAX_LISTENERS = 16;
export const MAX_ENVIRONMENT = 256;
export const MAX_PENALTIES = 8;
/** Of an access list, in one family. */
export const MAX_TURNS = 131_072;

/** Bits: a step may be of several processes. */
export const ROLES = { outer: 1, inner: 2, session: 4 } as const;

export const VERBS = {
  call: 0,
  split: 1,
  env: 2,
  serve: 3,
  exec: 4,
  enter: 5,
  queue: 6,
  mark: 7,
  inherit: 8,
} as const;
export const EXPECTATIONS = { equal: 0, 'not-negative': 1, errno: 2 } as const;
export const OPERANDS = { value: 0, data: 1, slot: 2 } as const;
/** The number of errnos that a step accepts besides its expected answer. */
export const MAX_TOLERATED = 4;
/** The kinds of all operands of a step stand in one number, so many bits for each. */
export const OPERAND_BITS = 2;
export const OUTER_TASKS = { wait: 0, supervise: 1, forward: 2 } as const;
export const HANDOFFS = { connection: 0, listener: 1, inherited: 2, peer: 3 } as const;
export const PENALTIES = { crash: 0, filter: 1, time: 2, status: 3, 'first-byte': 4, idle: 5 } as const;
export const TEMPLATES: Readonly<Record<VariableValue, number>> = {
  'peer-address': 1,
  'peer-port': 2,
  'local-address': 3,
  'local-port': 4,
  pid: 5,
  protocol: 6,
  'peer-uid': 7,
  'peer-gid': 8,
  'peer-path': 9,
  'peer-connections': 10,
};
