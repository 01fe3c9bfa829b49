import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const terminals: PolicyKey<boolean> = {
  section: 'Boundaries',
  description: 'Give the service pseudo-terminals of its own, in a /dev/pts that no other service sees.',
  details:
    'A new instance of devpts is mounted at `/dev/pts`, its `ptmx` is bound to `/dev/ptmx`, and Landlock lets the service open and control what is there, and `/dev/tty`. Inside of a `root` both places must exist: a directory `dev/pts`, and `dev/ptmx`, best as a link to `pts/ptmx`. The calls are those of the group `@terminal`. That is a warning: all sessions of the service share these terminals.',
  value: '`true` or `false`',
  example: true,
  schema: z.boolean().prefault(false),
  flag: { kind: 'switch' },
};
