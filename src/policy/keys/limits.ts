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

/** `0` needs no unit. */
function readGrace(value: unknown, refuse: Refuse): number | undefined {
  return value === 0 || value === '0' ? 0 : readDuration(value, refuse);
}

/** A boxed duration: `converted` takes undefined for "refused". */
function readTime(value: unknown, refuse: Refuse): { readonly ms: number | undefined } | undefined {
  if (value === 'unlimited') return { ms: undefined };
  const ms = readDuration(value, refuse);
  return ms === undefined ? undefined : { ms };
}

const DURATION = `^${quantityPattern('milliseconds')}$`;

const END_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/** A signal that asks a session to end. */
export type EndSignal = (typeof END_SIGNALS)[number];

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
  'client-gone': {
    description: 'The time that a session may go on after its client has closed or reset the connection.',
    details:
      'A client that ends only its half, and waits for the answer, looks the same. It needs `handoff: connection`.',
    value: 'a time or `unlimited`',
    example: '10s',
    schema: converted(readTime)
      .prefault('unlimited')
      .meta({ type: 'string', pattern: `^unlimited$|${DURATION}` }),
  },
  signal: {
    description: 'The signal that asks a session to end.',
    details:
      'Python writes out what it has buffered after SIGINT; SIGTERM ends it without, unless the program handles it.',
    value: 'a word',
    example: 'SIGINT',
    schema: z.enum(END_SIGNALS).prefault('SIGTERM'),
  },
  grace: {
    description: 'The time from that signal to SIGKILL.',
    details: 'With `0` a session is killed at once, without being asked.',
    value: 'a time or `0`',
    example: '5s',
    schema: converted(readGrace)
      .prefault('2s')
      .meta({ anyOf: [{ const: 0 }, { type: 'string', pattern: `^0$|${DURATION}` }] }),
  },
  drain: {
    description: 'The time that sessions may go on after the order to stop.',
    details: 'Then they have their `grace`. A second later everything has ended.',
    value: 'a time',
    example: '5s',
    schema: converted(readDuration).prefault('10s').meta({ type: 'string', pattern: DURATION }),
  },
} satisfies InnerKeys;

export interface GateLimits {
  readonly sessions: number;
  /** Live sessions of one source (IPv4 address or IPv6 /64); `undefined`: a quarter of `sessions`, loopback exempt. */
  readonly perSource: number | undefined;
  /** A session is ended when it is older; `undefined`: never. */
  readonly timeMs: number | undefined;
  /** A session is ended when its client has been gone for so long; `undefined`: it is not. */
  readonly clientGoneMs: number | undefined;
  readonly signal: EndSignal;
  /** The time from that signal to SIGKILL. */
  readonly graceMs: number;
  /** The time that sessions may go on when the service is to stop. */
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
      clientGoneMs: values['client-gone'].ms,
      signal: values.signal,
      graceMs: values.grace,
      drainMs: values.drain,
    }))
    .prefault({}),
  keys: KEYS,
  flag: { kind: 'entry', name: 'limit', argument: 'NAME=VALUE', numeric: true },
};
