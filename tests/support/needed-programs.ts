import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Something that the tests call or read, and the Debian packages that bring it. */
export interface Need {
  /** Programs by their names, other files by their paths. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** Packages with the same files, which do as well where they are installed. */
  readonly instead?: readonly string[];
}

function need(files: string, packages: string): Need {
  return { files: files.split(' '), packages: packages.split(' ') };
}

export const NEEDED: readonly Need[] = [
  need('cc /usr/include/stdio.h', 'gcc libc6-dev'),
  need('make', 'make'),
  need(
    'aarch64-linux-gnu-gcc /usr/aarch64-linux-gnu/include/stdio.h',
    'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  ),
  need('clang-format', 'clang-format'),
  need('qemu-aarch64-static', 'qemu-user-static'),
  need('/usr/include/seccomp.h', 'libseccomp-dev'),
  need('crun', 'crun'),
  need('strace', 'strace'),
  need('ps pgrep', 'procps'),
  need('setcap', 'libcap2-bin'),
  need('git', 'git'),
  need('curl', 'curl'),
  need('socat', 'socat'),
  need('stunnel', 'stunnel4'),
  need('s6-fdholder-daemon', 's6'),
  need('openssl', 'openssl'),
  need('rsync', 'rsync'),
  need('efingerd', 'efingerd'),
  need('finger', 'finger'),
  need('vsftpd', 'vsftpd'),
  need('lftp', 'lftp'),
  need('dropbear', 'dropbear-bin'),
  need('inetutils-telnet', 'inetutils-telnet'),
  need('script', 'bsdutils'),
  need('ssh sftp ssh-keygen', 'openssh-client'),
  need('/usr/lib/openssh/sftp-server', 'openssh-sftp-server'),
  need('msmtpd', 'msmtp-mta'),
  need('swaks', 'swaks'),
  // It wants some inetd; this is the one of its choice that runs nothing by itself.
  need('micro-httpd', 'micro-httpd netcat-traditional'),
  need('svnserve svn', 'subversion'),
  need('dictd', 'dictd'),
  need('dict', 'dict'),
  need('/usr/share/dictd/foldoc.dict.dz', 'dict-foldoc'),
  need('dash', 'dash'),
  need('fcgiwrap', 'fcgiwrap'),
  need('cgi-fcgi', 'libfcgi-bin'),
  need('python3', 'python3-minimal'),
  need('perl', 'perl-base'),
  need('ruby', 'ruby'),
  need('php', 'php-cli'),
  need('ocaml', 'ocaml-interp'),
  need('go', 'golang-go'),
  need('rustc', 'rustc'),
  need('musl-gcc', 'musl-tools'),
  need('java', 'openjdk-17-jre-headless'),
  need('ecj', 'ecj'),
  need('whois', 'whois'),
  need('dig', 'bind9-dnsutils'),
  need('ip', 'iproute2'),
  need('tcpserver', 'ucspi-tcp'),
  need('systemd-analyze systemd-socket-activate', 'systemd'),
  need('uuidd', 'uuid-runtime'),
  need('setpriv', 'util-linux'),
  need('bwrap', 'bubblewrap'),
  need('firejail', 'firejail'),
  need('/usr/sbin/nrpe', 'nagios-nrpe-server'),
  need('/usr/lib/nagios/plugins/check_nrpe', 'nagios-nrpe-plugin'),
  need('/usr/lib/nagios/plugins/check_load', 'monitoring-plugins-basic'),
  need('in.tftpd', 'tftpd-hpa'),
  need('tftp', 'tftp-hpa'),
  need('atftp', 'atftp'),
  need('netkit-ntalk', 'talk'),
  need('zsh', 'zsh'),
  need('fish', 'fish'),
  need('groff', 'groff-base'),
  need('mandoc', 'mandoc'),
  need('man', 'man-db'),
  { ...need('busybox', 'busybox-static'), instead: ['busybox'] },
];

/** Where Debian's packages have their programs: what PATH finds may be another program of that name. */
const DIRECTORIES = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

/** The path of a program or file of the list; `undefined` where it is missing. */
export function findNeeded(file: string): string | undefined {
  const paths = file.startsWith('/') ? [file] : DIRECTORIES.map((directory) => join(directory, file));
  return paths.find((path) => existsSync(path));
}

/** The packages of everything that is missing. */
export function missingPackages(): readonly string[] {
  const missing = NEEDED.filter(({ files }) => files.some((file) => findNeeded(file) === undefined));
  return missing.flatMap(({ packages }) => packages);
}
