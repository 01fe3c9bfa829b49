import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const exec: PolicyKey<'once' | 'allow'> = {
  section: 'Surroundings',
  description:
    'Programs that may run in a session: the service alone (once), or also others that it starts (allow).',
  details:
    '`once`: the service is started, and can start no other program. `allow`: it can start every program that it can reach.',
  value: 'a word',
  example: 'allow',
  schema: z.enum(['once', 'allow']).prefault('once'),
  flag: { kind: 'value' },
};
