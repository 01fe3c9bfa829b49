import { data, value } from '../../builder.ts';
import { structData } from '../../data.ts';
import { refusesDescriptors, STANDARD_DESCRIPTORS } from '../../steps/received-descriptors.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';

const OFF = structData([[4, 0]]);
/** Closed, no socket, no UNIX socket. */
const OTHERS: readonly string[] = ['EBADF', 'ENOTSOCK', 'EOPNOTSUPP'];

/** A program that keeps its caller's descriptors receives none through them. */
export const receivedDescriptorEffects: EffectsOf = ({ shape, facts }) => {
  if (shape !== 'wrap') return [];
  return STANDARD_DESCRIPTORS.map(
    (descriptor): CallEffect => ({
      call: 'setsockopt',
      phase: 'prepare',
      roles: ['outer'],
      operands: [value(descriptor, ''), 'SOL_SOCKET', 'SO_PASSRIGHTS', data(OFF, ''), 4],
      tolerate: refusesDescriptors(facts) ? OTHERS : [...OTHERS, 'ENOPROTOOPT'],
      deed: 'descriptors are refused',
      of: descriptor,
    }),
  );
};
