import type { Component, Walk } from './walk-path.ts';

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Returns the reason why a user outside `owners` could replace the thing in this place; undefined if none could.
 * A sticky directory such as /tmp passes although all may write: only its owner and the owner of an entry can rename or
 * remove the entry, and the owner of the entry is checked too.
 */
export function distrust({ path, stat }: Component, owners: readonly number[]): string | undefined {
  if (!owners.includes(stat.uid)) return `${path} belongs to uid ${stat.uid}`;
  if (stat.isSymbolicLink() || (stat.mode & WRITABLE_BY_OTHERS) === 0) return undefined;
  if (stat.isDirectory() && (stat.mode & STICKY) !== 0) return undefined;
  return `${path} is writable by others than its owner (mode ${modeOf({ path, stat })})`;
}

/**
 * Returns the reason why a user outside `owners` could change a part of a way, or make its missing end. `filled`: the
 * way leads to a directory of which every file is used.
 */
export function distrustWay(walk: Walk, owners: readonly number[], filled = false): string | undefined {
  const reason = walk.components.map((component) => distrust(component, owners)).find(isReason);
  const last = walk.components.at(-1);
  if (reason !== undefined || last === undefined || !(filled || walk.kind === 'missing')) return reason;
  if (!last.stat.isDirectory() || (last.stat.mode & WRITABLE_BY_OTHERS) === 0) return undefined;
  return `others can make files in ${last.path} (mode ${modeOf(last)})`;
}

function isReason(reason: string | undefined): reason is string {
  return reason !== undefined;
}

function modeOf({ stat }: Component): string {
  return (stat.mode & 0o7777).toString(8);
}
