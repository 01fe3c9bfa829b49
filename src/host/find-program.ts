import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Returns the path of a command as a shell finds it. A name without a slash is looked for in the directories of
 * `searchPath`; a relative path starts here. `undefined`: no directory has such a program.
 */
export function findProgram(name: string, searchPath: string): string | undefined {
  if (name.startsWith('/')) return name;
  if (name.includes('/')) return resolve(name);
  if (name === '') return undefined;
  return searchPath
    .split(':')
    .map((directory) => resolve(join(directory, name)))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
