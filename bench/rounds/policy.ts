import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { PORTCULLIS } from '../portcullis.ts';
import type { Place, RoundsService } from './service.ts';

/** The number of the user of services that need no entry, beyond those that Debian gives away, and of nobody else. */
const UID = '61373';

/** The user and the group that a service has, as `chown` takes them. */
export function ownerOf({ user }: RoundsService): string {
  return user === undefined ? `${UID}:${UID}` : `${user}:`;
}

function flagsOf(service: RoundsService, place: Place): readonly string[] {
  const identity = service.user === undefined ? ['--user', UID, '--group', UID] : ['--user', service.user];
  const name = service.name.replace(/[^a-z0-9]+/g, '-').replace(/-$/, '');
  const address = `tcp://127.0.0.1:${place.port}`;
  return ['--service', name, '--listen', address, ...identity, ...(service.flags?.(place) ?? [])];
}

function save(file: string, args: readonly string[]): void {
  execFileSync(process.execPath, [PORTCULLIS, 'run', '--save', file, ...args], { stdio: 'pipe' });
}

/** Writes the policy that a new user starts with: flags, and the command. */
export function saveFirst(service: RoundsService, place: Place, file: string): void {
  save(file, [...flagsOf(service, place), '--', ...service.command(place)]);
}

/**
 * Writes a policy whose filter allows every call, to see whether anything but the filter is in the way, with strace in
 * front of the command. `trace`: a directory for its file.
 */
export function saveWide(service: RoundsService, place: Place, trace: string, file: string): void {
  const flags = flagsOf(service, place);
  const size = flags.some((flag) => flag.startsWith('fsize=')) ? [] : ['--rlimit', 'fsize=64MiB'];
  const wide = ['--seccomp-default', 'allow', '--exec', 'allow', '--writable', trace, ...size];
  // With -D the program stays the first process of its session.
  const strace = ['/usr/bin/strace', '-D', '-f', '-X', 'raw', '-e', 'raw=all', '-o', `${trace}/calls`];
  save(file, [...flags, ...wide, '--', ...strace, ...service.command(place)]);
}

/** The findings of `check` about a policy. */
export interface Checked {
  /** The boundaries that it opens by name, its capabilities, and the network. */
  readonly opened: readonly string[];
  readonly errors: readonly string[];
}

export function check(file: string): Checked {
  const { stdout } = spawnSync(process.execPath, [PORTCULLIS, 'check', '--json', file], { encoding: 'utf8' });
  const findings = JSON.parse(stdout) as readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
  }[];
  return {
    opened: [...findings.filter(({ code }) => code === 'boundary-opened').map(boundaryOf), ...powersOf(file)],
    errors: findings.filter(({ severity }) => severity === 'error').map(({ message }) => message),
  };
}

function boundaryOf({ message }: { readonly message: string }): string {
  return /: opens ([^;]*);/.exec(message)?.[1] ?? message;
}

/** The powers that a policy gives beside its filter. */
function powersOf(file: string): readonly string[] {
  const policy = parse(readFileSync(file, 'utf8')) as {
    readonly capabilities?: readonly string[];
    readonly network?: string;
  };
  return [...(policy.capabilities ?? []), ...(policy.network === 'host' ? ['network: host'] : [])];
}
