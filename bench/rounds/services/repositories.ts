import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { client, type Place, type RoundsService, stores } from '../service.ts';
import { wire } from '../wire.ts';

/** Runs a program in the directory of the service, in the language C. */
function sh(script: string, { data }: Place): void {
  const env = { PATH: '/usr/bin:/bin', HOME: data, USER: 'bench', EMAIL: 'bench@localhost' };
  execFileSync('/bin/sh', ['-ec', script], { cwd: data, env, stdio: 'ignore' });
}

/** Servers of repositories and backups. */
export const REPOSITORIES: readonly RoundsService[] = [
  {
    name: 'cvs pserver',
    packages: ['cvs'],
    needs: ['/usr/bin/cvs'],
    user: 'games',
    flags: ({ data }) => stores(data),
    prepare: (place) => {
      sh(
        'cvs -d "$PWD/cvs" init; mkdir cvs/module cvs/locks; echo LockDir=$PWD/cvs/locks > cvs/CVSROOT/config',
        place,
      );
      // The password is empty.
      writeFileSync(`${place.data}/cvs/CVSROOT/passwd`, 'reader::games\n');
    },
    command: ({ data }) => ['/usr/bin/cvs', '-f', '-T', data, `--allow-root=${data}/cvs`, 'pserver'],
    client: client(/CVSROOT|module/, ({ data, port }) => [
      ...['/usr/bin/cvs', '-d', `:pserver:reader:@127.0.0.1:${port}${data}/cvs`, 'rls'],
    ]),
  },
  {
    name: 'fossil',
    packages: ['fossil', 'curl'],
    needs: ['/usr/bin/fossil', '/usr/bin/curl'],
    flags: ({ data }) => stores(data),
    prepare: (place) => sh('fossil init repository', place),
    command: ({ data }) => ['/usr/bin/fossil', 'http', `${data}/repository`],
    client: client(/This page was generated.*fossil/is, ({ port }) => [
      ...['/usr/bin/curl', '-sSL', `http://127.0.0.1:${port}/login`],
    ]),
  },
  {
    name: 'hg serve',
    packages: ['mercurial', 'socat'],
    needs: ['/usr/bin/hg', '/usr/bin/socat'],
    prepare: (place) =>
      sh('hg init repository; cd repository; echo a > a; hg add a; hg commit -m first', place),
    command: ({ data }) => ['/usr/bin/hg', '-R', `${data}/repository`, 'serve', '--stdio'],
    client: client(/^[0-9a-f]{12}/, (place) => [
      ...['/usr/bin/hg', 'identify', '--config', `ui.ssh=${wire(place)}`, 'ssh://host/repository'],
    ]),
  },
  {
    name: 'brz serve',
    packages: ['brz'],
    needs: ['/usr/bin/brz'],
    prepare: (place) =>
      sh('brz init repository; cd repository; echo a > a; brz add a; brz commit -m first', place),
    command: ({ data }) => ['/usr/bin/brz', 'serve', '--inet', `--directory=${data}/repository`],
    client: client(/^1\n/, ({ port }) => ['/usr/bin/brz', 'revno', `bzr://127.0.0.1:${port}/`]),
  },
  {
    name: 'unison',
    packages: ['unison', 'socat'],
    needs: ['/usr/bin/unison', '/usr/bin/socat'],
    flags: ({ data }) => [...stores(data), '--env', `HOME=${data}/server`],
    prepare: ({ data }) => {
      for (const folder of ['server', 'there', 'here']) mkdirSync(`${data}/${folder}`);
      writeFileSync(`${data}/here/file`, 'kept\n');
    },
    command: () => ['/usr/bin/unison', '-server'],
    client: client(/1 item transferred|Nothing to do/, (place) => [
      ...['/usr/bin/unison', '-batch', '-ui', 'text', '-sshcmd', wire(place)],
      ...[`${place.data}/here`, `ssh://host/${place.data}/there`],
    ]),
  },
  {
    name: 'rdiff-backup',
    packages: ['rdiff-backup', 'socat'],
    needs: ['/usr/bin/rdiff-backup', '/usr/bin/socat'],
    flags: ({ data }) => stores(data),
    prepare: ({ data }) => {
      mkdirSync(`${data}/here`);
      writeFileSync(`${data}/here/file`, 'kept\n');
    },
    command: () => ['/usr/bin/rdiff-backup', 'server'],
    client: client(/done/, (place) => [
      ...[
        '/bin/sh',
        '-c',
        `rm -rf there here/rdiff-backup-data; rdiff-backup --remote-schema '${wire(place)} {h}' backup '${place.data}/here' host::'${place.data}/there' && echo done`,
      ],
    ]),
  },
  {
    name: 'borg serve',
    packages: ['borgbackup', 'socat'],
    needs: ['/usr/bin/borg', '/usr/bin/socat'],
    flags: ({ data }) => [
      ...stores(data),
      '--env',
      `BORG_BASE_DIR=${data}/server`,
      '--env',
      `TMPDIR=${data}`,
    ],
    prepare: ({ data }) => mkdirSync(`${data}/server`),
    command: () => ['/usr/bin/borg', 'serve'],
    client: client(
      /done/,
      ({ data }) => [
        ...['/bin/sh', '-c', `rm -rf there; borg init -e none 'ssh://host${data}/there' && echo done`],
      ],
      (place) => ({ BORG_RSH: wire(place), BORG_BASE_DIR: `${place.data}/client` }),
    ),
  },
  {
    name: 'sftp-server',
    packages: ['openssh-sftp-server', 'openssh-client', 'socat'],
    needs: ['/usr/lib/openssh/sftp-server', '/usr/bin/sftp', '/usr/bin/socat'],
    user: 'games',
    prepare: ({ data }) => {
      writeFileSync(`${data}/file`, 'kept\n');
      writeFileSync(`${data}/orders`, `ls -l ${data}/file\n`);
    },
    command: () => ['/usr/lib/openssh/sftp-server'],
    client: client(/^-rw.* 5 .*file$/m, (place) => [
      ...['/usr/bin/sftp', '-b', `${place.data}/orders`, '-S', wire(place), 'host'],
    ]),
  },
  {
    name: 'nbdkit',
    packages: ['nbdkit', 'libnbd-bin'],
    needs: ['/usr/bin/nbdkit', '/usr/bin/nbdinfo'],
    command: () => ['/usr/bin/nbdkit', '-s', 'memory', '1M'],
    client: client(/^1048576\n/, ({ port }) => ['/usr/bin/nbdinfo', '--size', `nbd://127.0.0.1:${port}/`]),
  },
];
