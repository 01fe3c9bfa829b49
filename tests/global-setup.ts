import { execFileSync, spawnSync } from 'node:child_process';

/** What the tests call, and the Debian package that has it. */
const NEEDED: ReadonlyMap<string, string> = new Map([
  ['cc', 'gcc'],
  ['make', 'make'],
  ['aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross'],
  ['qemu-aarch64-static', 'qemu-user-static'],
  ['strace', 'strace'],
  ['git', 'git'],
  ['curl', 'curl'],
  ['busybox', 'busybox-static'],
]);

function isMissing(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0;
}

/** Installs what is missing where it may, else says what to install: no test is skipped for want of a program. */
export default function setup(): void {
  const packages = [...NEEDED]
    .filter(([command]) => isMissing(command))
    .flatMap(([, names]) => names.split(' '));
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0 || isMissing('apt-get')) {
    throw new Error(`the tests need programs that are not installed: apt-get install ${packages.join(' ')}`);
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore', env: environment });
  execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: environment,
  });
}
