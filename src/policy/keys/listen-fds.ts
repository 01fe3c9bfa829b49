import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const listenFds: PolicyKey<boolean> = {
  section: 'The service',
  description: 'Pass the listener also as descriptor 3 with LISTEN_FDS, as systemd does.',
  details:
    'It takes `handoff: listener`. `LISTEN_FDNAMES` is the name after `inherit`, or that of the service.',
  value: '`true` or `false`',
  example: true,
  schema: z.boolean().prefault(false),
  flag: { kind: 'switch' },
};
