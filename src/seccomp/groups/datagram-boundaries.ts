import { BOUNDARIES, type Boundary } from './boundaries.ts';
import { NAMING_MESSAGES } from './opening-groups.ts';

/**
 * The boundaries of policies whose service is given a socket of datagrams. A message through it names whom it is for, in memory
 * that no filter sees, so no form of these calls is safe.
 */
export const BOUNDARIES_OF_DATAGRAMS: readonly Boundary[] = BOUNDARIES.map((boundary) =>
  boundary.name === 'the handed socket'
    ? {
        ...boundary,
        calls: boundary.calls.map((entry) =>
          NAMING_MESSAGES.includes(entry.call) ? { ...entry, safe: [] } : entry,
        ),
      }
    : boundary,
);
