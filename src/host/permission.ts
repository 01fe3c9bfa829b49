import type { Stats } from 'node:fs';
import type { ServiceIdentity } from './resolve-identity.ts';
import type { Found } from './walk-path.ts';

const EXECUTE = 1;
const READ = 4;

/** Returns whether a user can pass every directory of a way and execute the file at its end. */
export function mayExecute(walk: Found, who: ServiceIdentity): boolean {
  return walk.components.every(({ stat }) => stat.isSymbolicLink() || may(EXECUTE, stat, who));
}

/** Returns whether a user can pass every directory of a way and read the file at its end. */
export function mayRead(walk: Found, who: ServiceIdentity): boolean {
  const isPassed = ({ stat }: Found['components'][number]): boolean =>
    !stat.isDirectory() || may(EXECUTE, stat, who);
  return walk.components.every(isPassed) && (who.uid === 0 || may(READ, walk.stat, who));
}

function may(permission: number, { mode, uid, gid }: Stats, who: ServiceIdentity): boolean {
  if (who.uid === 0) return (mode & (permission * 0o111)) !== 0;
  if (uid === who.uid) return (mode & (permission * 0o100)) !== 0;
  const shift = gid === who.gid || who.groups.includes(gid) ? 0o010 : 0o001;
  return (mode & (permission * shift)) !== 0;
}
