import * as z from 'zod';
import { DURATION, readDuration } from '../schema/duration.ts';
import { type Penalties, readPenalties } from '../schema/penalties.ts';
import { RATE, type Rate, readRate } from '../schema/rate.ts';
import { converted, type Refuse } from '../schema/refusal.ts';
import { type InnerKeys, type PolicyKey, schemasOf } from './key.ts';

const MOST_SESSIONS = 16_384;

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

const END_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/** A signal that asks a session to end. */
export type EndSignal = (typeof END_SIGNALS)[number];

const CAUSE = '^(crash|filter|time|first-byte|idle|status-[1-9][0-9]{0,2}|min|max)$';

const KEYS = {
  sessions: {
    description: 'Live sessions at once.',
    details:
      'At the limit the kernel keeps further clients waiting, and the gate drops datagrams of further peers. With `handoff: listener` there is always one process.',
    value: 'a number from 1 to 16384',
    example: 40,
    schema: z.int().min(1).max(MOST_SESSIONS).prefault(64),
  },
  'per-source': {
    description: 'Live sessions of one source (IPv4 address, IPv6 /64); a quarter of sessions by default.',
    details:
      'Wider prefixes may have more together: an IPv4 /24 8 times as many, a /16 64 times; an IPv6 /48 4 times, a /32 16 times.',
    value: 'a number, at most `sessions`',
    absent: 'a quarter of `sessions`, which does not count the loopback',
    example: 4,
    schema: z.int().min(1).max(MOST_SESSIONS).optional(),
  },
  rate: {
    description: 'Connections of one source in a time; those above it are refused.',
    details:
      'With `handoff: peer` it counts sessions. Wider prefixes may have the same multiples as of `per-source`. It counts the loopback too.',
    value: 'a number for a time',
    absent: 'no limit',
    example: '10/s',
    schema: converted(readRate).meta({ type: 'string', pattern: RATE }).optional(),
  },
  burst: {
    description: 'Connections of one source that may come at once, whatever their rate.',
    value: 'a number from 1 to 16384',
    example: 20,
    schema: z.int().min(1).max(MOST_SESSIONS).prefault(20),
  },
  'total-rate': {
    description: 'Connections of all sources in a time; those above it wait in the queue of the kernel.',
    details: 'With `handoff: peer` it counts sessions, and those above it are refused.',
    value: 'a number for a time',
    absent: 'no limit',
    example: '200/s',
    schema: converted(readRate).meta({ type: 'string', pattern: RATE }).optional(),
  },
  'total-burst': {
    description: 'Connections of all sources that may come at once, whatever their rate.',
    value: 'a number from 1 to 16384',
    example: 100,
    schema: z.int().min(1).max(MOST_SESSIONS).prefault(50),
  },
  datagrams: {
    description: 'Datagrams of one peer in a time; those above it are dropped.',
    details:
      'As many as come in a second at this rate may come at once. It ends loops between two services that answer each other. It needs `handoff: peer`.',
    value: 'a number for a time',
    example: '20/s',
    schema: converted(readRate).prefault('100/s').meta({ type: 'string', pattern: RATE }),
  },
  penalties: {
    description: 'The time that a source is refused for a session that ends badly.',
    details:
      'The causes are `crash` (ended by a signal), `filter` (by a denied call), `time` (by `limits.time`), `first-byte` and `idle` (by these limits) and `status-N` (with status N). Penalties add up. Below `min` (15s) they do not count, and above `max` (10m) they do not grow. Wider prefixes get a part of what a source gets until it is refused: an IPv4 /24 an eighth, a /16 a 64th; an IPv6 /48 a quarter, a /32 a 16th. They are refused for many: a /24 for 8 addresses, a /16 for addresses in 64 of /24, a /48 for 4 of /64, a /32 for sources in 16 of /48. Everybody behind one address has its penalties.',
    value: 'a mapping',
    absent: 'no penalties',
    example: { crash: '90s', filter: '5m', 'status-77': '10s' },
    schema: converted(readPenalties)
      .meta({
        anyOf: [
          { type: 'object', propertyNames: { pattern: CAUSE }, additionalProperties: { type: 'string' } },
          { type: 'string', pattern: '=' },
        ],
      })
      .optional(),
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
  'first-byte': {
    description: 'The time that a client has to send its first byte.',
    details: 'The end of its half counts as one. It needs `handoff: connection` and no UNIX socket.',
    value: 'a time or `unlimited`',
    example: '5s',
    schema: converted(readTime)
      .prefault('unlimited')
      .meta({ type: 'string', pattern: `^unlimited$|${DURATION}` }),
  },
  idle: {
    description:
      'The longest time in which a connection has no data, or a peer no datagram, in either direction.',
    details:
      'A client that does not read is idle too, once no more fits in. It needs `handoff: connection` and no UNIX socket, or `handoff: peer`. There the default is 60s, and `unlimited` is refused: a peer of datagrams never says that it has ended.',
    value: 'a time or `unlimited`',
    example: '30s',
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
  /** Of one source; those above it are refused. `undefined`: no limit. */
  readonly rate: Rate | undefined;
  readonly burst: number;
  /** Of all sources; those above it wait. `undefined`: no limit. */
  readonly totalRate: Rate | undefined;
  readonly totalBurst: number;
  /** Of one peer; those above it are dropped. */
  readonly datagrams: Rate;
  readonly penalties: Penalties | undefined;
  /** A session is ended when it is older; `undefined`: never. */
  readonly timeMs: number | undefined;
  /** A session is ended when its client has been gone for so long; `undefined`: it is not. */
  readonly clientGoneMs: number | undefined;
  /** A session is ended when its client has sent nothing for so long; `undefined`: it is not. */
  readonly firstByteMs: number | undefined;
  /** A session is ended when its connection or peer has had no data for so long; `undefined`: it is not. */
  readonly idleMs: number | undefined;
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
      rate: values.rate,
      burst: values.burst,
      totalRate: values['total-rate'],
      totalBurst: values['total-burst'],
      datagrams: values.datagrams,
      penalties: values.penalties,
      timeMs: values.time.ms,
      clientGoneMs: values['client-gone'].ms,
      firstByteMs: values['first-byte'].ms,
      idleMs: values.idle.ms,
      signal: values.signal,
      graceMs: values.grace,
      drainMs: values.drain,
    }))
    .prefault({}),
  keys: KEYS,
  flag: { kind: 'entry', name: 'limit', argument: 'NAME=VALUE', numeric: true },
};
