import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchFolder } from './folder.ts';
import type { Launcher } from './launcher.ts';
import { PORTCULLIS } from './portcullis.ts';

const POLICY = new URL('wrap.yaml', import.meta.url).pathname;
const PROGRAM = '/bin/true';
const UID = '61300';

function build(folder: BenchFolder): string {
  const output = join(folder.path, 'built');
  execFileSync(process.execPath, [PORTCULLIS, 'build', POLICY, '--output', output]);
  return output;
}

export const LAUNCHERS: readonly Launcher[] = [
  {
    name: 'exec',
    programs: ['true'],
    install: 'apt-get install coreutils',
    command: () => [PROGRAM],
  },
  {
    name: 'built',
    programs: ['node'],
    install: 'npm run build',
    command: (folder) => [build(folder)],
  },
  {
    name: 'run',
    programs: ['node'],
    install: 'npm run build',
    command: () => [process.execPath, PORTCULLIS, 'run', '--policy', POLICY],
  },
  {
    name: 'setpriv',
    programs: ['setpriv'],
    install: 'apt-get install util-linux',
    debianPackage: 'util-linux',
    command: (_, path) => [
      path('setpriv'),
      ...['--reuid', UID, '--regid', UID, '--clear-groups', '--no-new-privs'],
      ...['--inh-caps=-all', '--bounding-set=-all', PROGRAM],
    ],
  },
  {
    name: 'bwrap',
    programs: ['bwrap'],
    install: 'apt-get install bubblewrap',
    debianPackage: 'bubblewrap',
    command: (_, path) => [
      path('bwrap'),
      ...['--unshare-all', '--uid', UID, '--gid', UID, '--cap-drop', 'ALL', '--new-session'],
      ...['--die-with-parent', '--ro-bind', '/', '/', '--proc', '/proc', '--', PROGRAM],
    ],
  },
  {
    name: 'minijail0',
    programs: ['minijail0'],
    install:
      'build https://github.com/google/minijail, which Debian has no package of, and name its folder in --peers',
    command: (_, path) => [
      path('minijail0'),
      ...['-u', UID, '-g', UID, '-c', '0', '-n', '-p', '-r', '-v', '-l', '-e', '-N', '--uts'],
      ...['--', PROGRAM],
    ],
  },
];
