import { readFileSync } from 'node:fs';
import { type PackagedFile, unpackedFile, unpackPackage } from './unpacked-package.ts';

export type ContainerEngine = 'docker' | 'podman';

/** The profiles that container engines use when none is named, in Debian packages that depend on whole engines. */
const PROFILES: Readonly<Record<ContainerEngine, PackagedFile>> = {
  docker: {
    package: 'golang-github-docker-docker-dev',
    file: 'usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json',
  },
  podman: { package: 'golang-github-containers-common', file: 'usr/share/containers/seccomp.json' },
};

export const CONTAINER_ENGINES: readonly ContainerEngine[] = ['docker', 'podman'];

/** The profile of an engine, once `unpackContainerProfiles` has run. */
export function containerProfile(engine: ContainerEngine): string {
  return readFileSync(unpackedFile(PROFILES[engine]), 'utf8');
}

export function unpackContainerProfiles(): void {
  for (const engine of CONTAINER_ENGINES) unpackPackage(PROFILES[engine]);
}
