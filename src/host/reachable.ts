import { walkPath } from './walk-path.ts';

const SEARCH_BY_OTHERS = 0o001;

/**
 * Returns whether any ordinary user may go to this path. Version managers put Node into root's home, which has mode
 * 700.
 */
export function isReachable(path: string): boolean {
  const way = walkPath(path);
  if (way.kind === 'missing') return false;
  const directories = way.components.filter(({ stat }) => stat.isDirectory());
  return directories.every(({ stat }) => (stat.mode & SEARCH_BY_OTHERS) !== 0);
}
