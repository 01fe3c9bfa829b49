import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const handoff: PolicyKey<'connection' | 'listener'> = {
  section: 'The service',
  description:
    'The socket that the service gets on descriptor 0: each connection (inetd nowait) or the listener (wait).',
  details:
    '`connection`: one process for each connection, which has it on descriptors 0 and 1. `listener`: one process that accepts for itself. It has the listening socket on descriptor 0, and the policy has one address. [Datagrams](#datagrams) take `listener`.',
  value: 'a word',
  example: 'listener',
  schema: z.enum(['connection', 'listener']).prefault('connection'),
  flag: { kind: 'value' },
};
