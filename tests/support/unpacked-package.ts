import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the tests fetch for themselves, in a folder of the user, outside the repository. */
export const CACHE: string = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'portcullis-tests',
);

/** A file of a Debian package that is unpacked for the tests and not installed. */
export interface PackagedFile {
  readonly package: string;
  /** Its path from the root. */
  readonly file: string;
}

/** Where the file is, once `unpackPackage` has run. */
export function unpackedFile({ package: name, file }: PackagedFile): string {
  return join(CACHE, name, file);
}

/** Fetches the package, unless its file is there already. */
export function unpackPackage(packaged: PackagedFile): void {
  if (existsSync(unpackedFile(packaged))) return;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'unpacked-'));
  download(packaged.package, folder);
  execFileSync('sh', ['-c', 'dpkg-deb -x ./*.deb . && rm ./*.deb'], { cwd: folder });
  const place = join(CACHE, packaged.package);
  rmSync(place, { recursive: true, force: true });
  renameSync(folder, place);
}

function download(name: string, folder: string): void {
  const fetch = (): number | null =>
    spawnSync('apt-get', ['download', '-q', name], { cwd: folder, stdio: 'ignore' }).status;
  if (fetch() === 0) return;
  execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
  if (fetch() !== 0) throw new Error(`the tests need a file of ${name}, which apt-get could not download`);
}
