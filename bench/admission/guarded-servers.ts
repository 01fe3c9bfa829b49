import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchFolder } from '../folder.ts';
import { inetdConfiguration, tcpserver, UID, unpacked, xinetdConfiguration } from '../other-servers.ts';
import { PORTCULLIS } from '../portcullis.ts';
import type { Command, Server } from '../server.ts';
import { listWith } from './prefixes.ts';

/** Accounts, lists and deadlines of a server: all that it has, or none. */
export type Guard = 'off' | 'on';

/** The address that a server listens on, and the networks that its list has beside those that nobody comes from. */
export interface Place {
  readonly address: string;
  /** By the first bytes: `127`, `198.18`. */
  readonly allowed: readonly string[];
}

export interface GuardedServer extends Omit<Server, 'command' | 'hasLongQueue'> {
  /** The guards that are on, in words; empty where the server has none. */
  readonly guards: string;
  command(
    folder: BenchFolder,
    port: number,
    path: (program: string) => string,
    place: Place,
    guard: Guard,
  ): Command;
}

/** `198.18` as a prefix: `198.18.0.0/16`. */
function prefixOf(network: string): string {
  const bytes = network.split('.');
  return `${[...bytes, '0', '0', '0'].slice(0, 4).join('.')}/${8 * bytes.length}`;
}

function prefixes({ allowed }: Place): readonly string[] {
  return listWith(allowed, (network) => network).map(prefixOf);
}

/** The gate's policy, with lines of its own. */
export function gateCommand(
  folder: BenchFolder,
  port: number,
  program: string,
  address: string,
  lines: readonly string[],
): Command {
  const words = { ADDRESS: address, PORT: port, ROOT: folder.root, PROGRAM: program };
  const policy = folder.fill('admission/service.yaml', words, lines);
  return { command: [folder.build(policy, PORTCULLIS)], stdout: `${folder.path}/events-${port}` };
}

/** The line of a policy with a list of `PREFIXES` entries. */
export function allowLine(place: Place): string {
  return `allow: [${prefixes(place).join(', ')}]`;
}

const GATE_LIMITS: Readonly<Record<Guard, string>> = {
  off: 'time: unlimited',
  on: 'time: 10s, first-byte: 5s, idle: 5s, per-source: 1024, rate: 1000000/s, burst: 16384, penalties: { crash: 90s, filter: 5m, time: 30s }',
};

/** Rules of tcpserver, compiled as it wants them; what none of them allows is refused. */
function tcpRules(folder: BenchFolder, port: number, { allowed }: Place): string {
  const rules = listWith(allowed, (network) => network).map((network) => `${network}.:allow\n`);
  const path = join(folder.path, `rules-${port}.cdb`);
  execFileSync('tcprules', [path, `${path}.new`], { input: `${rules.join('')}:deny\n` });
  return path;
}

export const GUARDED_SERVERS: readonly GuardedServer[] = [
  {
    name: 'gate-built',
    programs: ['node'],
    install: 'npm run build',
    guards: 'accounts with a rate and penalties, a list in the kernel, `time`, `first-byte`, `idle`',
    command: (folder, port, _, place, guard) =>
      gateCommand(folder, port, '/service', place.address, [
        `limits: { sessions: 1024, drain: 1s, ${GATE_LIMITS[guard]} }`,
        ...(guard === 'on' ? [allowLine(place)] : []),
      ]),
  },
  {
    name: 'tcpserver',
    programs: ['tcpserver', 'tcprules'],
    install: 'apt-get install ucspi-tcp',
    debianPackage: 'ucspi-tcp',
    guards: 'rules of `-x`',
    command: (folder, port, path, place, guard) => {
      const rules = guard === 'on' ? ['-x', tcpRules(folder, port, place)] : [];
      return {
        command: [
          ...tcpserver(path('tcpserver'), port, [...rules, '-u', UID, '-g', UID], place.address),
          folder.service,
        ],
      };
    },
  },
  {
    name: 'xinetd',
    programs: ['xinetd'],
    install: unpacked('xinetd'),
    debianPackage: 'xinetd',
    guards: '`only_from`, `per_source`, `cps`',
    command: (folder, port, path, place, guard) => {
      const guards =
        guard === 'on'
          ? ['per_source = 1024', ...prefixes(place).map((prefix) => `only_from += ${prefix}`)]
          : ['per_source = UNLIMITED'];
      const file = xinetdConfiguration(folder, port, place.address, guards);
      return { command: [path('xinetd'), '-dontfork', '-f', file] };
    },
  },
  {
    name: 'openbsd-inetd',
    programs: ['inetd'],
    install: unpacked('openbsd-inetd'),
    debianPackage: 'openbsd-inetd',
    guards: '',
    command: (folder, port, path, { address }) => ({
      command: [path('inetd'), '-i', '-R', '1000000', inetdConfiguration(folder, port, address)],
    }),
  },
];
