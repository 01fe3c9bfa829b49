import { reasonText } from '../schema/reason-text.ts';
import type { PolicyKey } from './key.ts';

export const reason: PolicyKey<string | undefined> = {
  section: 'Identity',
  description: 'The reason why the service needs user root, or the processes of the host.',
  details:
    'Without it `user: root` and `processes: host` are errors. `check` names the capabilities that a service of root misses.',
  value: 'text',
  example: 'the program reads a clock device that only root may open',
  schema: reasonText.optional(),
  flag: { kind: 'value', argument: 'TEXT' },
};
