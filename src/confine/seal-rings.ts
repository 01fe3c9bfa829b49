import { fstatSync } from 'node:fs';
import { systemCall } from '../host/libc.ts';
import { constantNumber } from '../kernel/constants.ts';
import type { CallNumbers } from './call-numbers.ts';
import { ConfineError } from './confine-error.ts';
import { mappingOf, type RingMapping, type RingPart, ringMappings } from './ring-mappings.ts';
import { findRings, type Ring, requireIdle, ringDescriptors } from './rings.ts';
import { makeSealedRing } from './sealed-ring.ts';
import { inStep } from './step.ts';

const READ_WRITE = constantNumber('PROT_READ|PROT_WRITE');
const SHARED_MEMORY = constantNumber('MAP_SHARED|MAP_ANONYMOUS|MAP_POPULATE');
const MOVE_OVER = constantNumber('MREMAP_MAYMOVE|MREMAP_FIXED');
const CLOSE_ON_EXEC = constantNumber('O_CLOEXEC');

const FIX =
  'a newer kernel can seal rings; on this one start the program with `portcullis run`, whose filter keeps Node from making rings';

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
 * on as before and does not see a difference; no filter could have told apart its submissions and others.
 */
export function sealRings({ open }: Rings, numbers: CallNumbers): void {
  // All that takes time or can fail is done before anything is replaced: another thread's event loop may turn at any moment.
  const replacements = inStep('rings', () => open.map((ring) => replacementOf(ring, numbers)), FIX);
  for (const replacement of replacements) inStep('sealing', () => replace(replacement, numbers));
  if (ringMappings().length > 0 || !ringDescriptors().every(isSealed)) {
    const found = 'a thread made another io_uring ring meanwhile; call confine() while other threads wait';
    throw new ConfineError('sealing', found);
  }
}

function replacementOf(ring: SealableRing, numbers: CallNumbers): Replacement {
  const memoryLike = ({ length }: RingMapping): bigint =>
    BigInt(systemCall('mmap', numbers.mmap, null, length, READ_WRITE, SHARED_MEMORY, -1, 0));
  const { mappings } = ring;
  const memory = { rings: memoryLike(mappings.rings), submissions: memoryLike(mappings.submissions) };
  return { ring, memory, descriptor: makeSealedRing(ring, memory, numbers) };
}

function replace({ ring, descriptor, memory }: Replacement, numbers: CallNumbers): void {
  requireIdle(ring.descriptor, 'sealing');
  for (const { part, start, length } of [ring.mappings.submissions, ring.mappings.rings])
    systemCall('mremap', numbers.mremap, memory[part], length, length, MOVE_OVER, start);
  systemCall('dup3', numbers.dup3, descriptor, ring.descriptor, CLOSE_ON_EXEC);
  systemCall('close', numbers.close, descriptor);
  SEALED.set(ring.descriptor, fstatSync(ring.descriptor).ino);
}
