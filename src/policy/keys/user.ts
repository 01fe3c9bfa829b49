import { accountSchema } from '../schema/account.ts';
import type { PolicyKey } from './key.ts';

export const user: PolicyKey<string | number> = {
  section: 'Identity',
  description: 'The user of the service, by name or number.',
  details: '`root` needs a `reason`.',
  value: 'a name or a number',
  example: 'finger',
  schema: accountSchema.prefault('nobody'),
  flag: { kind: 'value', argument: 'USER', numeric: true, completes: 'user' },
  isOnHost: true,
};
