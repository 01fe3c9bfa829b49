import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const service: PolicyKey<string> = {
  section: 'The service',
  description: 'The name of the service, in logs and process names.',
  value: '1 to 63 small letters, digits, dots, underscores and hyphens, the first a letter or a digit',
  example: 'finger',
  schema: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, {
    error: 'a service is named by small letters, digits, . _ and -, at most 63 of them',
  }),
  flag: { kind: 'value', argument: 'NAME' },
};
