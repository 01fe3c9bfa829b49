import * as z from 'zod';
import type { Policy } from '../policy.ts';
import { parseQuantity, quantityPattern } from './quantity.ts';
import { converted, describe, type Refuse } from './refusal.ts';

const MOST_SESSIONS = 16_384;
const MOST_MS = 365 * 86_400_000;

/** In milliseconds. */
function readDuration(value: unknown, refuse: Refuse): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') {
    const message = `expected a duration, found ${describe(value)}`;
    return refuse({ code: 'duration-value', message, help: 'write a number with a unit: ms, s, m, h, d' });
  }
  const quantity = parseQuantity(String(value), 'milliseconds');
  if (quantity.kind === 'problem') {
    return refuse({ code: 'duration-value', message: quantity.message, help: quantity.help });
  }
  if (quantity.value >= 1n && quantity.value <= MOST_MS) return Number(quantity.value);
  return refuse({
    code: 'duration-value',
    message: `expected a duration from 1ms to 365d, found '${value}'`,
  });
}

/** A boxed duration: `converted` takes undefined for "refused". */
function readTime(value: unknown, refuse: Refuse): { readonly ms: number | undefined } | undefined {
  if (value === 'unlimited') return { ms: undefined };
  const ms = readDuration(value, refuse);
  return ms === undefined ? undefined : { ms };
}

const DURATION = `^${quantityPattern('milliseconds')}$`;

export const limitsSchema: z.ZodType<Policy['limits']> = z
  .strictObject({
    sessions: z.int().min(1).max(MOST_SESSIONS).prefault(64).meta({ description: 'Live sessions at once.' }),
    'per-source': z.int().min(1).max(MOST_SESSIONS).optional().meta({
      description: 'Live sessions of one source (IPv4 address, IPv6 /64); a quarter of sessions if left out.',
    }),
    time: converted(readTime)
      .prefault('10m')
      .meta({
        description: 'Longest life of a session, or unlimited.',
        type: 'string',
        pattern: `^unlimited$|${DURATION}`,
      }),
    drain: converted(readDuration)
      .prefault('10s')
      .meta({ description: 'How long sessions may go on after SIGTERM.', type: 'string', pattern: DURATION }),
  })
  .transform((limits) => ({
    sessions: limits.sessions,
    perSource: limits['per-source'],
    timeMs: limits.time.ms,
    drainMs: limits.drain,
  }))
  .prefault({})
  .meta({ description: 'Limits that the gate keeps.' });
