import { execFileSync } from 'node:child_process';
import { executableFormat } from '../../src/host/executable.ts';
import { type PackagedFile, unpackedFile, unpackPackage } from './unpacked-package.ts';

/** Where Debian has the program of either package: `busybox`, which needs a loader, or `busybox-static`, which runs alone in a root. */
const PLACE = '/bin/busybox';

const PACKAGED: PackagedFile = { package: 'busybox-static', file: 'bin/busybox' };

function isStatic(path: string): boolean {
  const format = executableFormat(path);
  return format.kind === 'elf' && format.headers.interpreter === undefined;
}

/** Fetches the static one where the other is installed: to install it would remove that. */
export function unpackStaticBusybox(): void {
  if (!isStatic(PLACE)) unpackPackage(PACKAGED);
}

/** The static one, once `unpackStaticBusybox` has run. */
export function staticBusybox(): string {
  return isStatic(PLACE) ? PLACE : unpackedFile(PACKAGED);
}

/** A shell command that puts the static one into its place, in a mount namespace of the shell's own. */
export function busyboxInPlace(): string {
  return `mount --bind '${staticBusybox()}' ${PLACE}`;
}

/** Runs shell commands that copy busybox into a root, as policies and examples show them. */
export function runWithBusybox(commands: string): void {
  execFileSync('unshare', ['--mount', 'sh', '-e', '-c', `${busyboxInPlace()}\n${commands}\n`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
