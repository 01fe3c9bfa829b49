import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { client, dialogue, type RoundsService, stores } from '../service.ts';
import { wire } from '../wire.ts';

/** Servers of files and devices. */
export const FILES: readonly RoundsService[] = [
  {
    name: 'proftpd',
    packages: ['openssl'],
    unpacked: [
      'proftpd-core',
      'libhiredis0.14',
      'libmemcached11',
      'libmemcachedutil2',
      'libhashkit2',
      'libpcre2-posix3',
    ],
    needs: ['/usr/sbin/proftpd', '/usr/bin/openssl'],
    user: 'games',
    flags: ({ data, path }) => [
      ...stores(data),
      ...[
        '--env',
        `LD_LIBRARY_PATH=${path('/usr/lib/x86_64-linux-gnu/libhiredis.so.0.14').replace(/\/[^/]*$/, '')}`,
      ],
    ],
    prepare: ({ data }) => {
      const hash = execFileSync('/usr/bin/openssl', ['passwd', '-6', 'secret'], { encoding: 'utf8' }).trim();
      const { uid, gid } = identity('games');
      writeFileSync(`${data}/passwd`, `alice:${hash}:${uid}:${gid}::${data}:/bin/sh\n`, { mode: 0o600 });
      const lines = [
        ...['ServerType inetd', 'User games', 'Group games', 'WtmpLog off', 'RequireValidShell off'],
        ...['AuthPAM off', 'AuthOrder mod_auth_file.c', `AuthUserFile ${data}/passwd`],
        ...[`ScoreboardFile ${data}/scores`, `PidFile ${data}/pid`, `DelayTable none`, 'UseIPv6 off'],
        ...['SystemLog none', 'UseReverseDNS off'],
      ];
      writeFileSync(`${data}/proftpd.conf`, `${lines.join('\n')}\n`);
    },
    command: ({ data, path }) => [path('/usr/sbin/proftpd'), '-c', `${data}/proftpd.conf`],
    client: dialogue(
      /^257 /m,
      { after: /^220 /m, say: 'USER alice\r\n' },
      { after: /^331 /m, say: 'PASS secret\r\n' },
      { after: /^230 /m, say: 'PWD\r\n' },
    ),
  },
  {
    name: 'pure-ftpd',
    packages: [],
    unpacked: ['pure-ftpd'],
    needs: ['/usr/sbin/pure-ftpd'],
    command: ({ path }) => [path('/usr/sbin/pure-ftpd'), '-A', '-H'],
    client: dialogue(/^211/m, { after: /^220 /m, say: 'FEAT\r\n' }),
  },
  {
    name: 'saned',
    packages: ['sane-utils'],
    needs: ['/usr/sbin/saned'],
    flags: ({ data }) => ['--env', `SANE_CONFIG_DIR=${data}`],
    prepare: ({ data }) => {
      writeFileSync(`${data}/saned.conf`, '127.0.0.1\n');
      writeFileSync(`${data}/dll.conf`, 'test\n');
      writeFileSync(`${data}/test.conf`, '');
    },
    command: () => ['/usr/sbin/saned'],
    // SANE_NET_INIT of version 1.0.3, by a user; the answer is a status and a version.
    client: dialogue(/^.{8}$/s, { say: '\0\0\0\0\x01\0\0\x03\0\0\0\x06alice\0' }),
  },
  {
    name: 'git upload-pack',
    packages: ['git', 'socat'],
    needs: ['/usr/bin/git', '/usr/bin/socat'],
    flags: ({ data }) => ['--env', `HOME=${data}`],
    prepare: ({ data }) => {
      mkdirSync(`${data}/repository`);
      const script =
        'git init -q; echo a > a; git add a; git -c user.name=a -c user.email=a@a commit -q -m first';
      execFileSync('/bin/sh', ['-ec', script], {
        cwd: `${data}/repository`,
        env: { PATH: '/usr/bin:/bin', HOME: data },
      });
      writeFileSync(`${data}/.gitconfig`, '[safe]\n\tdirectory = *\n');
    },
    command: ({ data }) => ['/usr/bin/git', 'upload-pack', `${data}/repository`],
    client: client(/cloned/, (place) => [
      '/bin/sh',
      '-c',
      `rm -rf clone; GIT_SSH=${wire(place)} git clone -q ssh://host/repository clone && test -s clone/a && echo cloned`,
    ]),
  },
];

function identity(user: string): { readonly uid: string; readonly gid: string } {
  const of = (option: string) => execFileSync('/usr/bin/id', [option, user], { encoding: 'utf8' }).trim();
  return { uid: of('-u'), gid: of('-g') };
}
