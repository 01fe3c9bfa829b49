import { accountSchema } from '../schema/account.ts';
import type { PolicyKey } from './key.ts';

export const user: PolicyKey<string | number> = {
  section: 'Identity',
  description: 'The user of the service, by name or number, or own.',
  details:
    '`root` needs a `reason`. `own`: a number that is derived from the name of the service and that nothing else on the host has.',
  value: 'a name, a number or `own`',
  example: 'finger',
  schema: accountSchema.prefault('nobody'),
  flag: { kind: 'value', argument: 'USER', numeric: true, completes: 'user' },
  isOnHost: true,
};
