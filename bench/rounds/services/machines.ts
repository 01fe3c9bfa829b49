import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { client, type RoundsService, stores } from '../service.ts';

/** Services of machines: shells, keys, monitoring, compiling. */
export const MACHINES: readonly RoundsService[] = [
  {
    name: 'sshd -i',
    packages: ['openssh-server', 'openssh-client'],
    needs: ['/usr/sbin/sshd', '/usr/bin/sftp', '/usr/bin/ssh-keygen'],
    user: 'games',
    prepare: ({ data, port }) => {
      for (const key of ['host', 'alice'])
        execFileSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${data}/${key}`]);
      writeFileSync(`${data}/orders`, 'ls /etc/hostname\n');
      writeFileSync(
        `${data}/config`,
        `Port ${port}\nIdentityFile ${data}/alice\nUser games\nStrictHostKeyChecking no\nUserKnownHostsFile ${data}/known\nBatchMode yes\n`,
      );
    },
    command: ({ data }) => [
      ...['/usr/sbin/sshd', '-i', '-f', '/dev/null', '-h', `${data}/host`],
      ...['-o', 'StrictModes=no', '-o', `AuthorizedKeysFile=${data}/alice.pub`],
      ...['-o', 'ForceCommand=internal-sftp', '-o', 'Subsystem=sftp internal-sftp'],
    ],
    client: client(/^\/etc\/hostname/m, ({ data }) => [
      // The client reads keys of its own user only.
      ...[
        '/bin/sh',
        '-c',
        `chown 0:0 ${data}/alice && exec sftp -F ${data}/config -b ${data}/orders 127.0.0.1`,
      ],
    ]),
  },
  {
    name: 'tinysshd',
    packages: ['tinysshd', 'openssh-client'],
    needs: ['/usr/sbin/tinysshd', '/usr/sbin/tinysshd-makekey', '/usr/bin/ssh-keyscan'],
    prepare: ({ data }) => execFileSync('/usr/sbin/tinysshd-makekey', ['-q', `${data}/keys`]),
    command: ({ data }) => ['/usr/sbin/tinysshd', '-v', `${data}/keys`],
    client: client(/^\S+ ssh-ed25519 AAAA/m, ({ port }) => [
      ...['/usr/bin/ssh-keyscan', '-t', 'ed25519', '-p', `${port}`, '127.0.0.1'],
    ]),
  },
  {
    name: 'tangd',
    packages: ['tang', 'curl', 'jose'],
    needs: ['/usr/libexec/tangd', '/usr/libexec/tangd-keygen', '/usr/bin/curl'],
    prepare: ({ data }) => {
      mkdirSync(`${data}/keys`);
      execFileSync('/usr/libexec/tangd-keygen', [`${data}/keys`]);
    },
    command: ({ data }) => ['/usr/libexec/tangd', `${data}/keys`],
    client: client(/^\{"payload":/, ({ port }) => ['/usr/bin/curl', '-sS', `http://127.0.0.1:${port}/adv`]),
  },
  {
    name: 'nrpe',
    packages: ['nagios-nrpe-server', 'nagios-nrpe-plugin'],
    needs: ['/usr/sbin/nrpe', '/usr/lib/nagios/plugins/check_nrpe'],
    prepare: ({ data }) =>
      writeFileSync(`${data}/nrpe.cfg`, 'allowed_hosts=127.0.0.1\ncommand[hello]=/bin/echo portcullis\n'),
    command: ({ data }) => ['/usr/sbin/nrpe', '-n', '-c', `${data}/nrpe.cfg`, '-i'],
    client: client(/^portcullis/m, ({ port }) => [
      ...['/usr/lib/nagios/plugins/check_nrpe', '-n', '-H', '127.0.0.1', '-p', `${port}`, '-c', 'hello'],
    ]),
  },
  {
    name: 'distccd',
    packages: ['distcc', 'gcc'],
    needs: ['/usr/bin/distccd', '/usr/bin/distcc', '/usr/bin/gcc'],
    flags: ({ data }) => [...stores(data), '--env', `TMPDIR=${data}`],
    prepare: ({ data }) => writeFileSync(`${data}/one.c`, 'int main(void) { return 0; }\n'),
    command: () => ['/usr/bin/distccd', '--inetd', '--allow', '127.0.0.1', '--enable-tcp-insecure'],
    client: client(
      /compiled/,
      () => ['/bin/sh', '-c', 'mkdir -p .distcc && distcc gcc -c one.c -o one.o && echo compiled'],
      ({ data, port }) => ({
        DISTCC_HOSTS: `127.0.0.1:${port}`,
        DISTCC_FALLBACK: '0',
        DISTCC_DIR: `${data}/.distcc`,
        DISTCC_BACKOFF_PERIOD: '0',
      }),
    ),
  },
  {
    name: 'node-exporter',
    packages: ['prometheus-node-exporter', 'curl'],
    needs: ['/usr/bin/prometheus-node-exporter', '/usr/bin/curl'],
    flags: () => ['--handoff', 'listener', '--listen-fds'],
    command: () => ['/usr/bin/prometheus-node-exporter', '--web.systemd-socket'],
    client: client(/^node_exporter_build_info\{/m, ({ port }) => [
      ...['/usr/bin/curl', '-sS', '--retry', '3', `http://127.0.0.1:${port}/metrics`],
    ]),
  },
];
