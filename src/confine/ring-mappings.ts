import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readMemory, systemCall, writeMemory } from '../host/libc.ts';
import { constantNumber } from '../kernel/constants.ts';
import type { CallNumbers } from './call-numbers.ts';
import { ConfineError } from './confine-error.ts';
import { RING_FILE, type Ring } from './rings.ts';
import { inStep } from './step.ts';

export type RingPart = 'rings' | 'submissions';

/** A piece of memory that the kernel shares with the process as part of some ring. */
export interface RingMapping {
  readonly start: bigint;
  readonly length: number;
  readonly part: RingPart;
}

/** The offsets at which the parts of a ring are mapped. */
const OFFSETS: Readonly<Record<RingPart, number>> = {
  rings: constantNumber('IORING_OFF_SQ_RING'),
  submissions: constantNumber('IORING_OFF_SQES'),
};

const READ_WRITE = constantNumber('PROT_READ|PROT_WRITE');
const SHARED = constantNumber('MAP_SHARED');

/**
 * The bytes from the first word of the ring's memory to the next cache line are unused: `struct io_uring`,
 * io_uring_types.h.
 */
const UNUSED = { offset: 16n, length: 16 } as const;

/** Returns the mappings of all rings. The kernel does not report which ring a mapping belongs to. */
export function ringMappings(): readonly RingMapping[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return lines
    .filter((line) => line.endsWith(RING_FILE))
    .map((line) => {
      const [, start = '', end = '', offset = ''] = /^(\w+)-(\w+) \S+ (\w+)/.exec(line) ?? [];
      const part = partAt(Number.parseInt(offset, 16));
      if (part === undefined)
        throw new ConfineError('rings', `an unknown part of an io_uring ring is mapped: ${line}`);
      const from = BigInt(`0x${start}`);
      return { start: from, length: Number(BigInt(`0x${end}`) - from), part };
    });
}

function partAt(offset: number): RingPart | undefined {
  if (offset === OFFSETS.rings) return 'rings';
  return offset === OFFSETS.submissions ? 'submissions' : undefined;
}

/**
 * The mapping of a ring's part: the one in which a mark is seen that is written through a mapping of our own. The kernel
 * uses neither the bytes under the mark, nor anything of a ring that is not in use.
 */
export function mappingOf(ring: Ring, part: RingPart, numbers: CallNumbers): RingMapping {
  const candidates = ringMappings().filter((mapping) => mapping.part === part);
  const length = Math.max(0, ...candidates.map((mapping) => mapping.length));
  const found = inStep('rings', () => {
    const own = BigInt(
      systemCall('mmap', numbers.mmap, null, length, READ_WRITE, SHARED, ring.descriptor, OFFSETS[part]),
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
