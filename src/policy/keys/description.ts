import { plainText } from '../schema/refusal.ts';
import type { PolicyKey } from './key.ts';

export const description: PolicyKey<string | undefined> = {
  section: 'The service',
  description: 'One line about the service, for people.',
  value: 'text',
  example: 'who is logged in, for the local network',
  schema: plainText.optional(),
  flag: { kind: 'value', argument: 'TEXT' },
};
