import { inetdConfiguration, tcpserver, UID, unpacked, xinetdConfiguration } from './other-servers.ts';
import { PORTCULLIS } from './portcullis.ts';
import type { Server } from './server.ts';

export const SERVERS: readonly Server[] = [
  {
    name: 'gate',
    programs: ['node'],
    install: 'npm run build',
    hasLongQueue: true,
    command: (folder, port) => ({
      command: [process.execPath, PORTCULLIS, 'run', '--json', folder.policy(port)],
      stdout: `${folder.path}/events-${port}`,
    }),
  },
  {
    name: 'gate-built',
    programs: ['node'],
    install: 'npm run build',
    hasLongQueue: true,
    command: (folder, port) => ({
      command: [folder.executable(port, PORTCULLIS)],
      stdout: `${folder.path}/events-${port}`,
    }),
  },
  {
    // Denied calls are the kernel's: its sessions ask nobody.
    name: 'gate-untold',
    programs: ['node'],
    install: 'npm run build',
    hasLongQueue: true,
    command: (folder, port) => ({
      command: [
        ...[process.execPath, PORTCULLIS, 'run', '--json', '--policy', folder.policy(port)],
        ...['--seccomp-report', 'none'],
      ],
      stdout: `${folder.path}/events-${port}`,
    }),
  },
  {
    name: 'bare',
    programs: ['cc'],
    install: 'apt-get install gcc libc6-dev',
    hasLongQueue: true,
    command: (folder, port) => ({ command: [folder.bareLoop, `${port}`, folder.service] }),
  },
  {
    name: 'tcpserver',
    programs: ['tcpserver'],
    install: 'apt-get install ucspi-tcp',
    debianPackage: 'ucspi-tcp',
    command: (folder, port, path) => ({
      command: [...tcpserver(path('tcpserver'), port, ['-u', UID, '-g', UID]), folder.service],
    }),
  },
  {
    name: 'tcpsvd',
    programs: ['tcpsvd'],
    install: 'apt-get install ipsvd',
    debianPackage: 'ipsvd',
    command: (folder, port, path) => ({
      command: [path('tcpsvd'), '-l', '0', '-c', '1024', '-b', '128', '-u', `:${UID}:${UID}`]
        .concat('127.0.0.1', `${port}`)
        .concat(folder.service),
    }),
  },
  {
    name: 'openbsd-inetd',
    programs: ['inetd'],
    install: unpacked('openbsd-inetd'),
    debianPackage: 'openbsd-inetd',
    command: (folder, port, path) => ({
      command: [path('inetd'), '-i', '-R', '1000000', inetdConfiguration(folder, port)],
    }),
  },
  {
    name: 'xinetd',
    programs: ['xinetd'],
    install: unpacked('xinetd'),
    debianPackage: 'xinetd',
    command: (folder, port, path) => ({
      command: [path('xinetd'), '-dontfork', '-f', xinetdConfiguration(folder, port)],
    }),
  },
  {
    name: 'systemd-socket-activate',
    programs: ['systemd-socket-activate'],
    install: 'apt-get install systemd',
    debianPackage: 'systemd',
    hasLongQueue: true,
    command: (folder, port, path) => ({
      command: [path('systemd-socket-activate'), '-l', `127.0.0.1:${port}`, '--inetd', '-a', folder.service],
      environment: { SYSTEMD_LOG_LEVEL: 'err' },
    }),
  },
  {
    name: 'tcpserver-bwrap',
    programs: ['tcpserver', 'bwrap'],
    install: 'apt-get install bubblewrap ucspi-tcp',
    debianPackage: 'bubblewrap',
    command: (folder, port, path) => ({
      command: [
        ...tcpserver(path('tcpserver'), port, []),
        path('bwrap'),
        ...['--unshare-all', '--uid', UID, '--gid', UID, '--cap-drop', 'ALL', '--new-session'],
        ...['--die-with-parent', '--ro-bind', folder.root, '/', '--', '/service'],
      ],
    }),
  },
  {
    name: 'nsjail',
    programs: ['nsjail'],
    install:
      'build https://github.com/google/nsjail, which Debian has no package of, and name its folder in --peers',
    command: (folder, port, path) => ({
      command: [path('nsjail'), '-Ml', '--bindhost', '127.0.0.1', '--port', `${port}`, '--really_quiet']
        .concat('--user', UID, '--group', UID, '--chroot', folder.root)
        .concat('--', '/service'),
    }),
  },
];
