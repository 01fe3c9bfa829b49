import type { BenchFolder } from './folder.ts';

/** The user of the service, where the server can change to a number. */
export const UID = '61300';

/** The address that a server listens on. */
const LOOPBACK = '127.0.0.1';

/** The fields that openbsd-inetd reads; `nobody`, because it wants a name. */
export function inetdConfiguration(folder: BenchFolder, port: number, address: string = LOOPBACK): string {
  return folder.write(
    `inetd-${port}`,
    `${address}:${port} stream tcp nowait.1000000 nobody ${folder.service} service\n`,
  );
}

/** Every limit lifted, nothing logged; `guards` are lines that come last. */
export function xinetdConfiguration(
  folder: BenchFolder,
  port: number,
  address: string = LOOPBACK,
  guards: readonly string[] = ['per_source = UNLIMITED'],
): string {
  const lines = [
    'type = UNLISTED',
    'flags = IPv4',
    `bind = ${address}`,
    `port = ${port}`,
    'socket_type = stream',
    'protocol = tcp',
    'wait = no',
    'user = nobody',
    `server = ${folder.service}`,
    'instances = UNLIMITED',
    'cps = 1000000 1',
    'log_type = FILE /dev/null',
    'log_on_success =',
    'log_on_failure =',
    ...guards,
  ];
  return folder.write(
    `xinetd-${port}`,
    `service bench\n{\n${lines.map((line) => `\t${line}\n`).join('')}}\n`,
  );
}

export function tcpserver(
  program: string,
  port: number,
  options: readonly string[],
  address: string = LOOPBACK,
): readonly string[] {
  return [program, '-H', '-R', '-l', '0', '-c', '1024', '-b', '128', ...options, address, `${port}`];
}

/** The two cannot be installed together, and either would start a daemon and again at each boot. */
export function unpacked(name: string): string {
  return `apt-get download ${name} && dpkg -x ${name}_*.deb /opt/peers, then --peers /opt/peers`;
}
