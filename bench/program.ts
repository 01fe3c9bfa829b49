import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A folder that packages were unpacked to comes first, laid out as `dpkg -x` does, then PATH and where daemons are. */
export function findProgram(name: string, peers: string | undefined): string | undefined {
  const unpacked =
    peers === undefined ? [] : ['', 'usr/sbin', 'usr/bin'].map((folder) => join(peers, folder));
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const folders = [...unpacked, ...path, '/usr/sbin', '/usr/bin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** The version of a Debian package: of the one that is installed, else of the one that apt would install. */
export function packageVersion(name: string): string | undefined {
  try {
    const text = execFileSync('apt-cache', ['policy', name], { encoding: 'utf8' });
    const versions = [...text.matchAll(/^ {2}(?:Installed|Candidate): (.*)$/gm)].map(
      ([, version]) => version,
    );
    return versions.find((version) => version !== '(none)');
  } catch {
    return undefined;
  }
}
