import { systemCall } from '../host/libc.ts';
import { constantNumber } from '../kernel/constants.ts';
import type { CallNumbers } from './call-numbers.ts';
import type { RingPart } from './ring-mappings.ts';
import type { Ring } from './rings.ts';

/**
 * The flags of a ring: a separate size for the completions, disabled until it is restricted, in memory of ours, without
 * an array of indexes.
 */
const SETUP_FLAGS = constantNumber(
  'IORING_SETUP_CQSIZE|IORING_SETUP_R_DISABLED|IORING_SETUP_NO_MMAP|IORING_SETUP_NO_SQARRAY',
);
const REGISTER_RESTRICTIONS = constantNumber('IORING_REGISTER_RESTRICTIONS');
const REGISTER_ENABLE_RINGS = constantNumber('IORING_REGISTER_ENABLE_RINGS');
const RESTRICTION_SQE_OP = constantNumber('IORING_RESTRICTION_SQE_OP');
const OP_EPOLL_CTL = constantNumber('IORING_OP_EPOLL_CTL');

/**
 * `struct io_uring_params`, include/uapi/linux/io_uring.h:
 *
 *     __u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, resv[3];
 *     struct io_sqring_offsets sq_off;  // 40 bytes, the last 8 of them user_addr: the submissions
 *     struct io_cqring_offsets cq_off;  // 40 bytes, the last 8 of them user_addr: the rings
 */
const PARAMS = { bytes: 120, cqEntries: 4, flags: 8, submissions: 72, rings: 112 } as const;

/** `struct io_uring_restriction`: `__u16 opcode; __u8 sqe_op; __u8 resv; __u32 resv2[3];` */
const RESTRICTION = { bytes: 16, opcode: 0, operation: 2 } as const;

/**
 * Makes a ring of the same size as another one, whose parts lie in memory of ours and that takes epoll_ctl only, which
 * cannot be changed again. Answers its descriptor.
 */
export function makeSealedRing(
  { entries, completions }: Ring,
  memory: Readonly<Record<RingPart, bigint>>,
  numbers: CallNumbers,
): number {
  const params = Buffer.alloc(PARAMS.bytes);
  params.writeUInt32LE(completions, PARAMS.cqEntries);
  params.writeUInt32LE(SETUP_FLAGS, PARAMS.flags);
  params.writeBigUInt64LE(memory.submissions, PARAMS.submissions);
  params.writeBigUInt64LE(memory.rings, PARAMS.rings);
  const descriptor = systemCall('io_uring_setup', numbers.io_uring_setup, entries, params);
  const register = (what: number, argument: Buffer | null, count: number): number =>
    systemCall('io_uring_register', numbers.io_uring_register, descriptor, what, argument, count);
  register(REGISTER_RESTRICTIONS, onlyEpollCtl(), 1);
  register(REGISTER_ENABLE_RINGS, null, 0);
  return descriptor;
}

function onlyEpollCtl(): Buffer {
  const restriction = Buffer.alloc(RESTRICTION.bytes);
  restriction.writeUInt16LE(RESTRICTION_SQE_OP, RESTRICTION.opcode);
  restriction.writeUInt8(OP_EPOLL_CTL, RESTRICTION.operation);
  return restriction;
}
