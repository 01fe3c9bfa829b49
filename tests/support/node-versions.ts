import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './unpacked-package.ts';

/** One release of each line of Node that the library is for, as the npm registry has their executables. */
export const NODE_VERSIONS: readonly string[] = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];

const PACKAGE = `node-linux-${process.arch}`;

function folderOf(version: string): string {
  return join(CACHE, `node-${version}`);
}

/** The executable of a version, once `installNodeVersions` has run. */
export function nodeOfVersion(version: string): string {
  return join(folderOf(version), 'node_modules', PACKAGE, 'bin', 'node');
}

/** Fetches the versions that are not there yet into a folder of the user, outside the repository. */
export function installNodeVersions(): void {
  for (const version of NODE_VERSIONS.filter((candidate) => !existsSync(nodeOfVersion(candidate)))) {
    const folder = folderOf(version);
    mkdirSync(folder, { recursive: true });
    const options = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    execFileSync('npm', ['install', ...options, '--prefix', folder, `${PACKAGE}@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}
