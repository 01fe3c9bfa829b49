import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exportOci } from '../../../../src/seccomp/convert/oci/export.ts';
import { TestFolder } from '../../../support/test-folder.ts';
import { ARCHITECTURE } from '../../support/live-filter.ts';
import { filterOf } from '../../support/policy.ts';

/** What the probe makes of itself and what crun calls between the filter and the exec; then what is tried. */
const RULES = [
  '@start',
  '@stdio',
  '@identity',
  'execve',
  'prctl',
  'capget',
  'capset',
  'mkdirat(mode & 0777 == 0700)',
  'mkdirat(mode in {0710..0757}) -> errno(EXDEV)',
  'mkdirat(mode & 0002 != 0) -> errno(EMLINK)',
  'mkdirat(mode & 01000 != 0) -> errno(ENOTTY)',
  'getpriority(which != 1)',
  'getpriority(which == 2) -> errno(ELOOP)',
  'sync -> errno(ENOSYS)',
];

const UNCONFINED = `mkdirat 0700 0
mkdirat 0750 0
mkdirat 0702 0
mkdirat 01700 0
mkdirat 0700, high bits 0
getpriority 0 0
getpriority 1 0
getpriority 2 0
umask 0
sync 0
`;

/** EXDEV 18, EMLINK 31, ENOTTY 25, EPERM 1, ELOOP 40, ENOSYS 38. The kernel cuts a mode to 16 bits, and so do the rules. */
const CONFINED = `mkdirat 0700 0
mkdirat 0750 18
mkdirat 0702 31
mkdirat 01700 25
mkdirat 0700, high bits 0
getpriority 0 0
getpriority 1 1
getpriority 2 40
umask 1
sync 38
`;

function configuration(profile: string | undefined): string {
  const text = JSON.stringify({
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      args: ['/probe'],
      cwd: '/',
      capabilities: {},
      noNewPrivileges: true,
    },
    root: { path: 'rootfs' },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: { namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'].map((type) => ({ type })) },
  });
  return profile === undefined ? text : text.replace('"linux":{', `"linux":{"seccomp":${profile},`);
}

/** Runs the probe in a container, from a mount namespace whose cgroups are of version 2, as crun wants them. */
function probe(name: string, profile: string | undefined): string {
  using folder = new TestFolder();
  const root = join(folder.path, 'bundle', 'rootfs');
  for (const directory of ['dev', 'proc']) mkdirSync(join(root, directory), { recursive: true });
  const source = fileURLToPath(new URL('probe.c', import.meta.url));
  execFileSync('cc', ['-static', '-Wall', '-Wextra', '-Werror', '-o', join(root, 'probe'), source]);
  writeFileSync(join(folder.path, 'bundle', 'config.json'), configuration(profile));
  const start = [
    'umount -R -l /sys/fs/cgroup',
    'mount -t cgroup2 none /sys/fs/cgroup',
    'exec crun --root "$1/state" --cgroup-manager=disabled run --bundle "$1/bundle" "$2"',
  ].join(' && ');
  const words = ['-m', 'sh', '-c', start, 'sh', folder.path, `portcullis-${name}-${process.pid}`];
  const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', timeout: 20_000 });
  return stdout + stderr;
}

test('a container under an exported profile is answered as the rules say', () => {
  const policy = { default: { text: 'errno(EPERM)', span: undefined } };
  const { content, diagnostics } = exportOci(filterOf(RULES, policy, ARCHITECTURE), { name: 'probe' });
  expect(diagnostics).toEqual([]);
  expect(probe('free', undefined)).toBe(UNCONFINED);
  expect(probe('confined', String(content))).toBe(CONFINED);
});
