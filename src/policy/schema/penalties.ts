import { isMapping } from '../mapping.ts';
import { nearest } from '../nearest.ts';
import { readDuration } from './duration.ts';
import { describe, type Refuse } from './refusal.ts';

const CAUSES = ['crash', 'filter', 'time', 'first-byte', 'idle'] as const;

/** A way in which a session may end badly, and the time that its source is refused for it. */
export type Penalty =
  | { readonly cause: (typeof CAUSES)[number]; readonly ms: number }
  | { readonly cause: 'status'; readonly status: number; readonly ms: number };

export interface Penalties {
  readonly causes: readonly Penalty[];
  /** A source with less is not refused. */
  readonly leastMs: number;
  /** A source has at most so much. */
  readonly mostMs: number;
}

/** The gate has room for so many. */
const MOST_CAUSES = 8;
const DAY_MS = 86_400_000;
const NAMES = [...CAUSES, 'status-1', 'min', 'max'] as const;
const HELP =
  'write some of crash, filter, time, first-byte, idle, status-N (of 1 to 255), min, max, each with a time';
const CODE = 'penalty-value';

/** Reads `{ crash: 90s, max: 10m }`, and the same as an option has it: `crash=90s,max=10m`. */
export function readPenalties(value: unknown, refuse: Refuse): Penalties | undefined {
  const entries = entriesOf(value);
  if (entries === undefined)
    return refuse({
      code: CODE,
      message: `expected a mapping of causes to times, found ${describe(value)}`,
      help: HELP,
    });
  const causes: Penalty[] = [];
  const bounds = { min: 15_000, max: 600_000 };
  for (const [name, written] of entries) {
    const path = isMapping(value) ? [name] : [];
    const ms = readDuration(written, (problem) => refuse({ ...problem, path }), DAY_MS);
    if (ms === undefined) return undefined;
    const plain = CAUSES.find((cause) => cause === name);
    const status = Number(/^status-([1-9][0-9]{0,2})$/.exec(name)?.[1] ?? 0);
    if (name === 'min' || name === 'max') bounds[name] = ms;
    else if (plain !== undefined) causes.push({ cause: plain, ms });
    else if (status >= 1 && status <= 255) causes.push({ cause: 'status', status, ms });
    else
      return refuse({ code: CODE, message: `there is no penalty for '${name}'`, help: helpFor(name), path });
  }
  if (causes.length === 0 || causes.length > MOST_CAUSES)
    return refuse({
      code: CODE,
      message: `expected 1 to ${MOST_CAUSES} causes, found ${causes.length}`,
      help: HELP,
    });
  if (bounds.min > bounds.max)
    return refuse({
      code: CODE,
      message: 'no penalty would count: min is above max',
      help: 'lower min, or raise max',
    });
  return { causes, leastMs: bounds.min, mostMs: bounds.max };
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (isMapping(value)) return Object.entries(value);
  if (typeof value !== 'string' || value === '') return undefined;
  return value.split(',').map((entry) => {
    const at = entry.indexOf('=');
    return at < 0 ? ([entry, undefined] as const) : ([entry.slice(0, at), entry.slice(at + 1)] as const);
  });
}

function helpFor(name: string): string {
  const meant = nearest(name, NAMES);
  return meant === undefined ? HELP : `did you mean '${meant}'? ${HELP}`;
}
