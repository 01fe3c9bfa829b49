import { accountSchema } from '../schema/account.ts';
import type { PolicyKey } from './key.ts';

/** Undefined: the primary group of the user. */
export const group: PolicyKey<string | number | undefined> = {
  section: 'Identity',
  description: "The group of the service; the user's primary group by default.",
  value: 'a name or a number',
  absent: "the user's primary group",
  example: 'finger',
  schema: accountSchema.optional(),
  flag: { kind: 'value', argument: 'GROUP', numeric: true, completes: 'group' },
  isOnHost: true,
};
