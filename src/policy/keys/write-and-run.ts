import { pathsSchema } from '../schema/paths.ts';
import type { PolicyKey } from './key.ts';

export const writeAndRun: PolicyKey<readonly string[]> = {
  section: 'Boundaries',
  description:
    'Directories inside the root below which the service may write, and execute the files that it writes; empty by default.',
  details:
    'As `writable`, but files below them may be executed and mapped as code. That is a warning: a session that has been taken over writes code and runs it.',
  value: 'a list of paths',
  example: ['/var/cache/plugins'],
  schema: pathsSchema,
  flag: { kind: 'list', argument: 'PATH', completes: 'directory' },
  isOnHost: true,
};
