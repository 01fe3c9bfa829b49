import type { AccessEntry } from '../policy.ts';
import { entriesSchema } from '../schema/prefix.ts';
import type { PolicyKey } from './key.ts';

export const deny: PolicyKey<readonly AccessEntry[] | undefined> = {
  section: 'The service',
  description: 'Peers that are refused although a shorter prefix of allow has them.',
  value: 'a list of prefixes, users and groups',
  absent: 'nobody',
  example: ['192.0.2.66', '2001:db8:bad::/48'],
  schema: entriesSchema,
  flag: { kind: 'list', argument: 'PREFIX' },
};
