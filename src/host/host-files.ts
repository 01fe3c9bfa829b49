import { readdirSync, readFileSync } from 'node:fs';
import { readDynamic } from './elf/dynamic.ts';
import { readHeaders } from './elf/headers.ts';
import type { ElfFile, LoaderFiles } from './elf/loader-files.ts';
import { readFrom } from './elf/read-at.ts';
import { mayRead } from './permission.ts';
import type { ServiceIdentity } from './resolve-identity.ts';
import { type Found, walkPath } from './walk-path.ts';

/** More than any cache or list of directories has. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The files of this host below `root`, as a loader of this user sees them; `undefined`: a user who may read all files.
 */
export function hostFiles(root: string | undefined, who: ServiceIdentity | undefined): LoaderFiles {
  const read = new Map<string, ElfFile | undefined>();
  const find = (path: string): Found | undefined => {
    const walk = walkPath(path, root);
    return walk.kind === 'found' && (who === undefined || mayRead(walk, who)) ? walk : undefined;
  };
  const bytes = (path: string): Buffer | undefined => {
    const walk = find(path);
    if (!walk?.stat.isFile() || walk.stat.size > MOST_BYTES) return undefined;
    return attempt(() => readFileSync(walk.path));
  };
  return {
    elf: (path) => {
      const walk = find(path);
      if (walk === undefined) return undefined;
      if (!read.has(walk.path))
        read.set(
          walk.path,
          attempt(() => elfFile(walk.path, root)),
        );
      return read.get(walk.path);
    },
    bytes,
    text: (path) => bytes(path)?.toString('utf8'),
    list: (path) => {
      const walk = walkPath(path, root);
      if (walk.kind === 'missing' || !walk.stat.isDirectory()) return [];
      return attempt(() => readdirSync(walk.path).sort()) ?? [];
    },
  };
}

function elfFile(path: string, root = ''): ElfFile | undefined {
  return readFrom(path, (read) => {
    const headers = readHeaders(read);
    if (headers === undefined) return undefined;
    return { path: path.slice(root.length), headers, dynamic: readDynamic(headers, read) };
  });
}

/** A loader goes on where a file cannot be opened. */
function attempt<Result>(open: () => Result): Result | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
