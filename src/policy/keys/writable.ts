import { pathsSchema } from '../schema/paths.ts';
import type { PolicyKey } from './key.ts';

export const writable: PolicyKey<readonly string[]> = {
  section: 'Boundaries',
  description:
    'Directories inside the root below which the service may write, and /dev/null; empty by default.',
  details:
    'The modes of files count as well. Landlock does not restrict changes of modes, owners and times: rules about these calls do. Each directory is mounted over itself: a file below it is not executed or mapped as code, and set-user-ID bits and devices have no effect. A file is not moved or linked from one of these directories into another. The mounts take Linux 5.12.',
  value: 'a list of paths',
  example: ['/var/lib/finger'],
  schema: pathsSchema,
  flag: { kind: 'list', argument: 'PATH', completes: 'directory' },
  isOnHost: true,
};
