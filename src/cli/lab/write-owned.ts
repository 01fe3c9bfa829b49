import { closeSync, fchownSync, openSync, writeFileSync } from 'node:fs';

/** The user and group that a file is given to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes a file for its owner. Root may do this in a directory of another user: a link that lies there is not followed. */
export function writeOwned(path: string, content: string | Buffer, owner: Owner | undefined): void {
  const descriptor = openSync(path, 'wx', 0o644);
  try {
    writeFileSync(descriptor, content);
    if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
  } finally {
    closeSync(descriptor);
  }
}
