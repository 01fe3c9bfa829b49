import { spawnSync } from 'node:child_process';
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The path, and each link on the way from it to the file: a package may own any of them. */
function linksFrom(path: string): readonly string[] {
  if (!lstatSync(path).isSymbolicLink()) return [path];
  return [path, ...linksFrom(resolve(dirname(path), readlinkSync(path)))];
}

/** As packages name it whose files moved below /usr, and as those that did not follow. */
function spellings(path: string): readonly string[] {
  return path.startsWith('/usr/') ? [path, path.slice('/usr'.length)] : [path, `/usr${path}`];
}

/** The installed packages that brought a file. */
export function packagesOf(path: string): readonly string[] {
  const paths = linksFrom(path).flatMap(spellings);
  // Its status is 1 as soon as one of the paths belongs to none.
  const { stdout } = spawnSync('dpkg', ['-S', ...paths], { encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.replace(/:.*/, ''));
}

/** What comes along with an installed package: the newest version with gcc. */
export function dependenciesOf(name: string): readonly string[] {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', `\${Depends}`, name], { encoding: 'utf8' });
  return stdout.split(',').map((dependency) => dependency.trim().replace(/[ :].*/, ''));
}
