import { isBelow } from './mounts.ts';
import type { Walk } from './walk-path.ts';

/** Returns whether a file that a service is started from, or a part of the way to it, lies below a directory. */
export function holds(directory: Walk, started: Walk): boolean {
  if (started.kind === 'missing' || directory.kind === 'missing') return false;
  const top = directory.path.replace(/(.)\/$/, '$1');
  return started.components.some(({ path }) => isBelow(path, top));
}
