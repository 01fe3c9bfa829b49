import { walkPath } from './walk-path.ts';

const SEARCH_BY_OTHERS = 0o001;

/** Returns whether a user who is nobody special may go to this path. Node in root's home, where version managers put it, is below mode 700. */
export function isReachable(path: string): boolean {
  const way = walkPath(path);
  if (way.kind === 'missing') return false;
  const directories = way.components.filter(({ stat }) => stat.isDirectory());
  return directories.every(({ stat }) => (stat.mode & SEARCH_BY_OTHERS) !== 0);
}
