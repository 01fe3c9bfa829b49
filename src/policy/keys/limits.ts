import * as z from 'zod';
import { parseQuantity, quantityPattern } from '../schema/quantity.ts';
import { converted, describe, type Refuse } from '../schema/refusal.ts';
import { type InnerKeys, type PolicyKey, schemasOf } from './key.ts';

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

const KEYS = {
  sessions: {
    description: 'Live sessions at once.',
    details:
      'At the limit the kernel keeps further clients waiting. With `handoff: listener` there is always one process.',
    value: 'a number from 1 to 16384',
    example: 40,
    schema: z.int().min(1).max(MOST_SESSIONS).prefault(64),
  },
  'per-source': {
    description: 'Live sessions of one source (IPv4 address, IPv6 /64); a quarter of sessions by default.',
    value: 'a number, at most `sessions`',
    absent: 'a quarter of `sessions`, which does not count the loopback',
    example: 4,
    schema: z.int().min(1).max(MOST_SESSIONS).optional(),
  },
  time: {
    description: 'Longest life of a session, or unlimited.',
    details: 'With `handoff: listener` the default is `unlimited`.',
    value: 'a time or `unlimited`',
    example: '20s',
    schema: converted(readTime)
      .prefault('10m')
      .meta({ type: 'string', pattern: `^unlimited$|${DURATION}` }),
  },
  drain: {
    description: 'The time that sessions may go on after SIGTERM.',
    details: 'A second later everything has ended.',
    value: 'a time',
    example: '5s',
    schema: converted(readDuration).prefault('10s').meta({ type: 'string', pattern: DURATION }),
  },
} satisfies InnerKeys;

export interface GateLimits {
  readonly sessions: number;
  /** Live sessions of one source (IPv4 address or IPv6 /64); `undefined`: a quarter of `sessions`, loopback exempt. */
  readonly perSource: number | undefined;
  /** A session is killed when it is older; `undefined`: never. */
  readonly timeMs: number | undefined;
  /** The time that sessions have after SIGTERM. */
  readonly drainMs: number;
}

export const limits: PolicyKey<GateLimits> = {
  section: 'Limits of the gate',
  description: 'Limits that the gate keeps.',
  value: 'a mapping',
  schema: z
    .strictObject(schemasOf(KEYS))
    .transform((values) => ({
      sessions: values.sessions,
      perSource: values['per-source'],
      timeMs: values.time.ms,
      drainMs: values.drain,
    }))
    .prefault({}),
  keys: KEYS,
  flag: { kind: 'entry', name: 'limit', argument: 'NAME=VALUE', numeric: true },
};
