import { converted, describe, type Refuse } from '../schema/refusal.ts';
import type { PolicyKey } from './key.ts';

/** Above the largest answers of DNS (4096 bytes to a question of 40), which are 60 times the question. */
const MOST = 100;

function readFactor(value: unknown, refuse: Refuse): number | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST) return value;
  return refuse({
    code: 'amplification-value',
    message: `expected a whole number from 1 to ${MOST}, found ${describe(value)}`,
    help: 'with 1 a peer is answered at most what it sent, headers counted',
  });
}

export const amplification: PolicyKey<number> = {
  section: 'The service',
  description: 'Bytes of answers for each byte of requests, in the whole life of a peer.',
  details:
    'The headers of both count: 28 bytes a datagram of IPv4, 48 of IPv6. Answers above it are dropped, so that a forged request brings its victim no more. It needs `handoff: peer`.',
  value: 'a number from 1 to 100',
  example: 3,
  schema: converted(readFactor).prefault(1).meta({ type: 'integer', minimum: 1, maximum: MOST }),
  flag: { kind: 'value', argument: 'N', numeric: true },
};
