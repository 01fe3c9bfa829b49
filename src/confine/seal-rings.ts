import { randomBytes } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { readMemory, systemCall, writeMemory } from '../host/libc.ts';
import type { CallNumbers } from './call-numbers.ts';
import { ConfineError } from './confine-error.ts';
import {
  findRings,
  RING_PARTS,
  type Ring,
  type RingMapping,
  type RingPart,
  requireIdle,
  ringDescriptors,
  ringMappings,
} from './rings.ts';
import { inStep } from './step.ts';

// Source: include/uapi/linux/io_uring.h.
const IORING_SETUP_CQSIZE = 1 << 3;
const IORING_SETUP_R_DISABLED = 1 << 6;
const IORING_SETUP_NO_MMAP = 1 << 14;
const IORING_SETUP_NO_SQARRAY = 1 << 16;
const IORING_REGISTER_RESTRICTIONS = 11;
const IORING_REGISTER_ENABLE_RINGS = 12;
const IORING_RESTRICTION_SQE_OP = 1;
const IORING_OP_EPOLL_CTL = 29;

/** `struct io_uring_params`: flags, and the addresses at the ends of `struct io_sqring_offsets` and `io_cqring_offsets`. */
const PARAMS = { bytes: 120, cqEntries: 4, flags: 8, sqesAddress: 72, ringsAddress: 112 } as const;
/** `struct io_uring_restriction` */
const RESTRICTION_BYTES = 16;

// Source: include/uapi/asm-generic/mman-common.h; PROT_READ | PROT_WRITE.
const READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_ANONYMOUS = 0x20;
const MAP_POPULATE = 0x8000;
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const O_CLOEXEC = 0o2000000;

/** Behind the first word of the ring's memory nothing stands until the next cache line: `struct io_uring`, io_uring_types.h. */
const UNUSED = { offset: 16n, length: 16 } as const;

const MEND =
  'a newer kernel can seal rings; on this one start the program with `portcullis run`, under whose filter Node makes none';

/** A ring, and the memory that libuv has of it. */
export interface SealableRing extends Ring {
  readonly mappings: Readonly<Record<RingPart, RingMapping>>;
}

/** The rings of this process. */
export interface Rings {
  /** The descriptors of all of them, which event loops go on to use. */
  readonly descriptors: readonly number[];
  /** Those that an earlier call has not sealed. */
  readonly open: readonly SealableRing[];
}

/** The rings that are sealed, with the inode by which the kernel tells each from any other. */
const SEALED = new Map<number, number>();

function isSealed(descriptor: number): boolean {
  return SEALED.get(descriptor) === fstatSync(descriptor).ino;
}

/** Finds the rings and their memory. */
export function sealableRings(numbers: CallNumbers): Rings {
  const rings = findRings();
  const open = rings
    .filter(({ descriptor }) => !isSealed(descriptor))
    .map((ring) => ({
      ...ring,
      mappings: {
        rings: mappingOf(ring, 'rings', numbers),
        submissions: mappingOf(ring, 'submissions', numbers),
      },
    }));
  return { descriptors: rings.map(({ descriptor }) => descriptor), open };
}

/** A sealed ring that waits to be put in the place of another. */
interface Replacement {
  readonly ring: SealableRing;
  readonly descriptor: number;
  readonly memory: Readonly<Record<RingPart, bigint>>;
}

/**
 * Puts in the place of each ring another one, in memory and by its descriptor, that can do one thing: epoll_ctl. libuv goes
 * on as before and does not see a difference; no filter could have told its submissions from others.
 */
export function sealRings({ open }: Rings, numbers: CallNumbers): void {
  // All that takes time or can fail is done before anything is replaced: another thread's event loop may turn at any moment.
  const replacements = inStep('rings', () => open.map((ring) => replacementOf(ring, numbers)), MEND);
  for (const replacement of replacements) inStep('sealing', () => replace(replacement, numbers));
  if (ringMappings().length > 0 || !ringDescriptors().every(isSealed)) {
    const found = 'a thread made another io_uring ring meanwhile; call confine() while other threads wait';
    throw new ConfineError('sealing', found);
  }
}

function replacementOf(ring: SealableRing, numbers: CallNumbers): Replacement {
  const map = (length: number): bigint => {
    const flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
    return BigInt(systemCall('mmap', numbers.mmap, null, length, READ_WRITE, flags, -1, 0));
  };
  const { mappings } = ring;
  const memory = { rings: map(mappings.rings.length), submissions: map(mappings.submissions.length) };
  return { ring, memory, descriptor: sealedRing(ring, memory.rings, memory.submissions, numbers) };
}

function replace({ ring, descriptor, memory }: Replacement, numbers: CallNumbers): void {
  requireIdle(ring.descriptor, 'sealing');
  for (const { part, start, length } of [ring.mappings.submissions, ring.mappings.rings])
    systemCall('mremap', numbers.mremap, memory[part], length, length, MREMAP_MAYMOVE | MREMAP_FIXED, start);
  systemCall('dup3', numbers.dup3, descriptor, ring.descriptor, O_CLOEXEC);
  systemCall('close', numbers.close, descriptor);
  SEALED.set(ring.descriptor, fstatSync(ring.descriptor).ino);
}

/** A ring whose memory lies at addresses of ours, and that takes epoll_ctl only. That cannot be changed again. */
function sealedRing(ring: Ring, rings: bigint, submissions: bigint, numbers: CallNumbers): number {
  const params = Buffer.alloc(PARAMS.bytes);
  params.writeUInt32LE(ring.completions, PARAMS.cqEntries);
  params.writeUInt32LE(
    IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | IORING_SETUP_NO_MMAP | IORING_SETUP_NO_SQARRAY,
    PARAMS.flags,
  );
  params.writeBigUInt64LE(submissions, PARAMS.sqesAddress);
  params.writeBigUInt64LE(rings, PARAMS.ringsAddress);
  const descriptor = systemCall('io_uring_setup', numbers.io_uring_setup, ring.entries, params);
  const restriction = Buffer.alloc(RESTRICTION_BYTES);
  restriction.writeUInt16LE(IORING_RESTRICTION_SQE_OP, 0);
  restriction.writeUInt8(IORING_OP_EPOLL_CTL, 2);
  const register = (what: number, argument: Buffer | null, count: number): number =>
    systemCall('io_uring_register', numbers.io_uring_register, descriptor, what, argument, count);
  register(IORING_REGISTER_RESTRICTIONS, restriction, 1);
  register(IORING_REGISTER_ENABLE_RINGS, null, 0);
  return descriptor;
}

/**
 * The mapping of a ring's part: where a mark is seen that is written through a mapping of our own. The kernel uses neither
 * what it is written over, nor anything of a ring that is not in use.
 */
function mappingOf(ring: Ring, part: RingPart, numbers: CallNumbers): RingMapping {
  const candidates = ringMappings().filter((mapping) => mapping.part === part);
  const length = Math.max(0, ...candidates.map((mapping) => mapping.length));
  const found = inStep('rings', () => {
    const offset = RING_PARTS[part];
    const own = BigInt(
      systemCall('mmap', numbers.mmap, null, length, READ_WRITE, MAP_SHARED, ring.descriptor, offset),
    );
    const place = own + UNUSED.offset;
    const before = readMemory(place, UNUSED.length);
    const mark = randomBytes(UNUSED.length);
    try {
      writeMemory(place, mark);
      return candidates.filter(({ start }) => mark.equals(readMemory(start + UNUSED.offset, UNUSED.length)));
    } finally {
      writeMemory(place, before);
      systemCall('munmap', numbers.munmap, own, length);
    }
  });
  const [mapping, second] = found;
  if (mapping === undefined || second !== undefined)
    throw new ConfineError(
      'rings',
      `io_uring ring ${ring.descriptor} is mapped ${found.length} times, not once`,
    );
  return mapping;
}
