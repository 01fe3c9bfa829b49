import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The profiles that container engines use when none is named, in the Debian packages of their sources. */
const PROFILES = {
  docker: {
    package: 'golang-github-docker-docker-dev',
    file: 'usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json',
  },
  podman: { package: 'golang-github-containers-common', file: 'usr/share/containers/seccomp.json' },
} as const;

export type ContainerEngine = keyof typeof PROFILES;

export const CONTAINER_ENGINES: readonly ContainerEngine[] = ['docker', 'podman'];

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'portcullis-tests');

function folderOf(engine: ContainerEngine): string {
  return join(CACHE, PROFILES[engine].package);
}

/** The profile of an engine, once `unpackContainerProfiles` has run. */
export function containerProfile(engine: ContainerEngine): string {
  return readFileSync(join(folderOf(engine), PROFILES[engine].file), 'utf8');
}

/**
 * Fetches the packages that are not there yet into a folder of the user, outside the repository. They are unpacked and not
 * installed, because they depend on whole engines.
 */
export function unpackContainerProfiles(): void {
  for (const engine of CONTAINER_ENGINES) {
    if (existsSync(join(folderOf(engine), PROFILES[engine].file))) continue;
    mkdirSync(CACHE, { recursive: true });
    const folder = mkdtempSync(join(CACHE, 'unpacked-'));
    download(PROFILES[engine].package, folder);
    execFileSync('sh', ['-c', 'dpkg-deb -x ./*.deb . && rm ./*.deb'], { cwd: folder });
    rmSync(folderOf(engine), { recursive: true, force: true });
    renameSync(folder, folderOf(engine));
  }
}

function download(name: string, folder: string): void {
  const fetch = (): number | null =>
    spawnSync('apt-get', ['download', '-q', name], { cwd: folder, stdio: 'ignore' }).status;
  if (fetch() === 0) return;
  execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
  if (fetch() !== 0) throw new Error(`the tests need a file of ${name}, which apt-get could not download`);
}
