import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RoundsFolder } from './place.ts';
import type { RoundsService } from './service.ts';

/** The file that keeps packages from starting their daemons. */
const POLICY = '/usr/sbin/policy-rc.d';

function isThere({ needs }: RoundsService, folder: RoundsFolder): boolean {
  return needs.every((path) => folder.find(path) !== undefined);
}

/** Unpacks what conflicts with other packages, and installs the others where that is wanted; those that are there then. */
export function withPackages(
  services: readonly RoundsService[],
  folder: RoundsFolder,
  install: boolean,
  say: (text: string) => void,
): readonly RoundsService[] {
  const unpacked = services
    .filter((service) => !isThere(service, folder))
    .flatMap((one) => one.unpacked ?? []);
  unpack(unpacked, folder, say);
  const missing = services.filter((service) => !isThere(service, folder)).flatMap(({ packages }) => packages);
  if (install && missing.length > 0) installAll(missing, say);
  return services.filter((service) => {
    const there = isThere(service, folder);
    const command = `apt-get install ${service.packages.join(' ')}`;
    if (!there) say(`${service.name} is not there and is left out: ${command}, or --install\n`);
    return there;
  });
}

function unpack(packages: readonly string[], folder: RoundsFolder, say: (text: string) => void): void {
  if (packages.length === 0) return;
  const downloads = join(folder.path, 'downloads');
  mkdirSync(downloads);
  for (const name of packages) {
    say(`unpacking ${name}\n`);
    try {
      execFileSync('apt-get', ['download', name], { cwd: downloads, stdio: 'pipe' });
    } catch {
      say(`${name} cannot be downloaded\n`);
    }
  }
  for (const file of readdirSync(downloads))
    execFileSync('dpkg', ['-x', join(downloads, file), folder.unpacked]);
}

/** Nothing is removed for it, and no daemon starts. */
function installAll(packages: readonly string[], say: (text: string) => void): void {
  say(`installing ${[...new Set(packages)].join(' ')}\n`);
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    execFileSync('apt-get', ['install', '--yes', '--no-remove', '--no-install-recommends', ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    if (isOurs) rmSync(POLICY);
  }
}
