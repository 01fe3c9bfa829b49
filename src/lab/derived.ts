import { createHmac } from 'node:crypto';

/** Returns hexadecimal digits that only a holder of the seed can know. */
export function derived(seed: string, label: string, digits: number): string {
  return createHmac('sha256', seed).update(label).digest('hex').slice(0, digits);
}
