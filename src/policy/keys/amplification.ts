import * as z from 'zod';
import type { PolicyKey } from './key.ts';

/** Above the largest answers of DNS (4096 bytes to a question of 40), which are 60 times the question. */
const MOST = 100;

export const amplification: PolicyKey<number> = {
  section: 'The service',
  description: 'Bytes of answers for each byte of requests, in the whole life of a peer.',
  details:
    'The headers of both count: 28 bytes a datagram of IPv4, 48 of IPv6. Answers above it are dropped, so that a forged request brings its victim no more. It needs `handoff: peer`.',
  value: 'a number from 1 to 100',
  example: 3,
  schema: z.int().min(1).max(MOST).prefault(1),
  flag: { kind: 'value', argument: 'N', numeric: true },
};
