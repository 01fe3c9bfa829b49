import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const handoff: PolicyKey<'connection' | 'listener' | 'peer'> = {
  section: 'The service',
  description:
    'The socket of the service on descriptor 0: each connection (inetd nowait), the listener (wait), or the datagrams of one peer.',
  details:
    '`connection`: one process for each connection, which has it on descriptors 0 and 1. `listener`: one process that accepts for itself. It has the listening socket on descriptor 0, and the policy has one address. `peer`: one process for each peer of a UDP port, which reads and writes whole messages. [Datagrams](#datagrams) take `listener` or `peer`.',
  value: 'a word',
  example: 'listener',
  schema: z.enum(['connection', 'listener', 'peer']).prefault('connection'),
  flag: { kind: 'value' },
};
