import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const network: PolicyKey<'none' | 'host'> = {
  section: 'Boundaries',
  description: 'The network namespace of the sessions.',
  details:
    '`none`: an empty one, so that the service has only the socket that it is given. `host`: that of the host.',
  value: 'a word',
  example: 'host',
  schema: z.enum(['none', 'host']).prefault('none'),
  flag: { kind: 'value' },
};
