import * as z from 'zod';
import { plainText } from '../schema/refusal.ts';
import type { PolicyKey } from './key.ts';

/** It has no option: the words that follow `--` are the program. */
export const run: PolicyKey<readonly string[]> = {
  section: 'The service',
  description: 'The program and its arguments; the program is an absolute path inside the root.',
  details: 'There is no shell, and `PATH` is not searched.',
  value: 'a list of words',
  example: ['/usr/sbin/efingerd', '-n'],
  schema: z.array(plainText).min(1),
  verbatim: 'items',
  isOnHost: true,
};
