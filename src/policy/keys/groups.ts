import * as z from 'zod';
import { accountSchema } from '../schema/account.ts';
import type { PolicyKey } from './key.ts';

export const groups: PolicyKey<readonly (string | number)[]> = {
  section: 'Identity',
  description: 'Supplementary groups; empty by default.',
  details: 'The groups that the user has on the host are not taken over.',
  value: 'a list of names or numbers',
  example: ['tty'],
  schema: z.array(accountSchema).prefault([]),
  flag: { kind: 'list', argument: 'GROUP', numeric: true, completes: 'group' },
  isOnHost: true,
};
