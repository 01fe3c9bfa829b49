import { PATH_SHAPE, readPath } from '../schema/paths.ts';
import { converted, type Refuse } from '../schema/refusal.ts';
import type { PolicyKey } from './key.ts';

/** The fix for a root that is the host's own. */
export const KEEP_ROOT = 'leave the key out to keep the root of the host';

function readRoot(value: unknown, refuse: Refuse): string | undefined {
  const path = readPath(value, refuse);
  if (path !== '/') return path;
  return refuse({ code: 'root-whole', message: "the root '/' is the whole host", help: KEEP_ROOT });
}

/** Undefined: the root of the host stays in place. */
export const root: PolicyKey<string | undefined> = {
  section: 'Boundaries',
  description: 'The directory that becomes the root (chroot); the root of the host by default.',
  details:
    'The directory, the program in it and every directory on the way belong to root, and only root may write to them.',
  value: 'a path',
  absent: 'the root of the host',
  example: '/srv/finger',
  schema: converted(readRoot).optional().meta(PATH_SHAPE),
  flag: { kind: 'value', argument: 'PATH', completes: 'directory' },
  isOnHost: true,
};
