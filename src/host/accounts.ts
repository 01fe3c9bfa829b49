import { readFileSync } from 'node:fs';
import { groupById, groupByName, userById, userByName } from './libc.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
}

/** A user by name or number, through NSS. A name of digits is a number only when it is given as one. */
export function lookupUser(nameOrId: string | number): User | undefined {
  const found = typeof nameOrId === 'number' ? userById(nameOrId) : userByName(nameOrId);
  return found && { name: found.name, uid: found.id, gid: found.gid };
}

/** A group by name or number, through NSS. */
export function lookupGroup(nameOrId: string | number): Group | undefined {
  const found = typeof nameOrId === 'number' ? groupById(nameOrId) : groupByName(nameOrId);
  return found && { name: found.name, gid: found.gid };
}

/** The local users, to suggest one for a typo. */
export function userNames(): readonly string[] {
  return firstFields('/etc/passwd');
}

/** The local groups, to suggest one for a typo. */
export function groupNames(): readonly string[] {
  return firstFields('/etc/group');
}

/** Only for suggestions: a file that cannot be read suggests nothing. */
function firstFields(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':')[0] ?? '')
      .filter((name) => /^[a-z_]/i.test(name));
  } catch {
    return [];
  }
}
