import { PATH_SHAPE, pathSchema } from '../schema/paths.ts';
import type { PolicyKey } from './key.ts';

export const directory: PolicyKey<string> = {
  section: 'Surroundings',
  description: 'The working directory, inside the root.',
  value: 'a path',
  example: '/var/lib/finger',
  schema: pathSchema.prefault('/').meta(PATH_SHAPE),
  flag: { kind: 'value', argument: 'PATH', completes: 'directory' },
  isOnHost: true,
};
