import { describe, type Refuse } from './refusal.ts';

/** Connections or datagrams in a time, evenly. */
export interface Rate {
  /** Between two of them, in nanoseconds: at most a day. */
  readonly intervalNs: number;
}

const UNITS_NS: Readonly<Record<string, number>> = { s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9 };

const MOST = 1_000_000;

/** A rate in JSON Schema. */
export const RATE = '^[1-9][0-9]{0,6}/[smhd]$';

/** Reads `10/s`. */
export function readRate(value: unknown, refuse: Refuse): Rate | undefined {
  const help = 'write a number for a time: 10/s, 600/m, 1000/h, 5000/d';
  const [, count = '', unit = ''] =
    /^(\d{1,7})\/([smhd])$/.exec(typeof value === 'string' ? value : '') ?? [];
  const unitNs = UNITS_NS[unit];
  if (unitNs === undefined)
    return refuse({ code: 'rate-value', message: `expected a rate, found ${describe(value)}`, help });
  const number = Number(count);
  if (number >= 1 && number <= MOST) return { intervalNs: Math.max(1, Math.round(unitNs / number)) };
  return refuse({
    code: 'rate-value',
    message: `expected a rate of 1 to ${MOST} in a time, found '${value}'`,
    help: number === 0 ? 'to serve nobody, stop the service' : help,
  });
}
