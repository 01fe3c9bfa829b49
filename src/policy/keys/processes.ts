import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const processes: PolicyKey<'own' | 'host'> = {
  section: 'Boundaries',
  description: 'The processes that /proc shows to the sessions.',
  details:
    "`own`: those of the service, in a `/proc` of its own. `host`: those of the host, in the host's `/proc`, read-only. It is for monitoring agents, needs a `reason`, and is a warning.",
  value: 'a word',
  example: 'host',
  schema: z.enum(['own', 'host']).prefault('own'),
  flag: { kind: 'value' },
};
