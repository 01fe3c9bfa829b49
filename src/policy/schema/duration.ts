import { parseQuantity, quantityPattern } from './quantity.ts';
import { describe, type Refuse } from './refusal.ts';

const MOST_MS = 365 * 86_400_000;

/** A duration in JSON Schema. */
export const DURATION: string = `^${quantityPattern('milliseconds')}$`;

/** Reads `20s` in milliseconds. */
export function readDuration(value: unknown, refuse: Refuse, most: number = MOST_MS): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') {
    const message = `expected a duration, found ${describe(value)}`;
    return refuse({ code: 'duration-value', message, help: 'write a number with a unit: ms, s, m, h, d' });
  }
  const quantity = parseQuantity(String(value), 'milliseconds');
  if (quantity.kind === 'problem') {
    return refuse({ code: 'duration-value', message: quantity.message, help: quantity.help });
  }
  if (quantity.value >= 1n && quantity.value <= most) return Number(quantity.value);
  return refuse({
    code: 'duration-value',
    message: `expected a duration from 1ms to ${most / 86_400_000}d, found '${value}'`,
  });
}
