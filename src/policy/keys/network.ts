import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const network: PolicyKey<'none' | 'loopback' | 'host'> = {
  section: 'Boundaries',
  description: 'The network namespace of the sessions.',
  details:
    '`none`: an empty one, so that the service has only the socket that it is given. `loopback`: an empty one whose loopback is up, so that its sessions reach each other. `host`: that of the host.',
  value: 'a word',
  example: 'host',
  schema: z.enum(['none', 'loopback', 'host']).prefault('none'),
  flag: { kind: 'value' },
};
