import { constantNumber } from '../../kernel/constants.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { AnsweredCall } from './answered-call.ts';

const AT_FDCWD = BigInt(constantNumber('AT_FDCWD'));

/** The register with the directory from which a path is looked up; absent: the working directory. */
const DIRECTORY: ReadonlyMap<string, number> = new Map(
  [
    ['openat', 'openat2', 'mkdirat', 'unlinkat', 'mknodat', 'fchmodat', 'fchmodat2', 'fchownat', 'faccessat'],
    ['faccessat2', 'utimensat', 'futimesat', 'renameat', 'renameat2', 'linkat', 'execveat'],
  ]
    .flat()
    .map((call) => [call, 0] as const),
);

/** The recorder cuts a longer path off, and what is left would lie in a directory above. In bytes. */
const LONGEST_PATH = 255;

/**
 * The absolute path that a call was about; `undefined` where it cannot be known, as below an open directory. A program
 * that has left the directory of the policy is judged as if it were there. Symbolic links are not followed.
 */
export function pathOf({ call, args, path }: AnsweredCall, { directory }: AnswerFacts): string | undefined {
  if (path === undefined || path === '' || Buffer.byteLength(path) >= LONGEST_PATH) return undefined;
  if (path.startsWith('/')) return normalized(path);
  const register = call === 'symlinkat' ? 1 : DIRECTORY.get(call);
  const from = register === undefined ? AT_FDCWD : BigInt.asIntN(32, args[register] ?? 0n);
  return from === AT_FDCWD ? normalized(`${directory}/${path}`) : undefined;
}

function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The directory that has a path. */
export function parentOf(path: string): string {
  return path.replace(/\/[^/]*$/, '') || '/';
}

/** Returns whether a path is one of these or below one. */
export function isBelow(path: string, directories: readonly string[]): boolean {
  return directories.some((directory) => {
    const base = directory.replace(/\/+$/, '');
    return path === base || path.startsWith(`${base}/`);
  });
}
