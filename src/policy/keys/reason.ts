import { reasonText } from '../schema/reason-text.ts';
import type { PolicyKey } from './key.ts';

export const reason: PolicyKey<string | undefined> = {
  section: 'Identity',
  description: 'The reason why the service needs user root.',
  details: 'Without it `user: root` is an error. `check` names the capabilities that such a service misses.',
  value: 'text',
  example: 'the program reads a clock device that only root may open',
  schema: reasonText.optional(),
  flag: { kind: 'value', argument: 'TEXT' },
};
