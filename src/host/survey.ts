import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { constantNumber } from '../kernel/constants.ts';
import type { HostFacts } from '../plan/facts.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { readHostFacts } from './facts.ts';
import { knowsFilterFlag } from './libc.ts';
import { type Mount, mountOf, readMounts } from './mounts.ts';
import { type NetworkSettings, readNetworkSettings } from './network-settings.ts';
import { checkTrust } from './trust.ts';

/** The result of a trial: a short-lived process makes the namespaces of a launch. */
export type NamespaceTrial =
  | { readonly kind: 'made' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'not-tried'; readonly reason: string };

/** Everything that is judged about this host and this caller. Reading it changes neither. */
export interface Survey {
  readonly facts: HostFacts;
  /** The distribution in its own words. */
  readonly distribution: string;
  readonly nodeVersion: string;
  readonly gate: { readonly path: string; readonly executable: boolean; readonly mount: Mount | undefined };
  /** The objections that root would have to the files of this program and to the environment. */
  readonly distrust: readonly Diagnostic[];
  /** Words of /proc/sys/kernel/seccomp/actions_avail and actions_logged. */
  readonly seccompActions: readonly string[];
  readonly loggedActions: readonly string[];
  readonly filtersAllThreads: boolean;
  /** The capability sets of the caller, and the confinement that it already has. */
  readonly bounding: bigint;
  readonly noNewPrivileges: boolean;
  readonly underFilter: boolean;
  /** With root's privilege, when the caller is root; in a user namespace of an ordinary user. */
  readonly rootNamespaces: NamespaceTrial | undefined;
  readonly userNamespaces: NamespaceTrial;
  readonly mmapMinAddr: number;
  readonly corePattern: string;
  /** `undefined` where the kernel has no Yama. */
  readonly ptraceScope: number | undefined;
  readonly procOptions: readonly string[];
  readonly hasSetcap: boolean;
  /** Of the network namespace of the caller. */
  readonly network: NetworkSettings;
}

export interface SurveyQuestion {
  readonly gate: string;
  /** Every file that the program consists of. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const SECCOMP_FILTER_FLAG_TSYNC = constantNumber('SECCOMP_FILTER_FLAG_TSYNC');
const NOBODY = 65_534;
const TRIAL_MS = 5000;

export function readSurvey({ gate, program, environment }: SurveyQuestion): Survey {
  const facts = readHostFacts();
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '0';
  const mounts = readMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const scope = firstLine('/proc/sys/kernel/yama/ptrace_scope');
  return {
    facts,
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(textOf('/etc/os-release'))?.[1] ?? 'Linux',
    nodeVersion: process.versions.node,
    gate: { path: gate, executable: isExecutable(gate), mount: mountOf(gate, mounts) },
    distrust: checkTrust({ program, environment }),
    seccompActions: wordsOf('/proc/sys/kernel/seccomp/actions_avail'),
    loggedActions: wordsOf('/proc/sys/kernel/seccomp/actions_logged'),
    filtersAllThreads: knowsFilterFlag(SECCOMP_FILTER_FLAG_TSYNC),
    bounding: BigInt(`0x${field('CapBnd')}`),
    noNewPrivileges: field('NoNewPrivs') === '1',
    underFilter: field('Seccomp') === '2',
    rootNamespaces: facts.uid === 0 ? tryNamespaces([], undefined) : undefined,
    userNamespaces: tryNamespaces(['--user', '--map-root-user'], facts.uid === 0 ? NOBODY : undefined),
    mmapMinAddr: Number(firstLine('/proc/sys/vm/mmap_min_addr')),
    corePattern: firstLine('/proc/sys/kernel/core_pattern'),
    ptraceScope: scope === '' ? undefined : Number(scope),
    procOptions: mountOf('/proc/self', mounts)?.options ?? [],
    hasSetcap: ['/usr/sbin/setcap', '/sbin/setcap', '/usr/bin/setcap'].some((path) => existsSync(path)),
    network: readNetworkSettings(),
  };
}

/**
 * Makes the namespaces that every launch makes, and mounts /proc there, in a child that ends at once: settings and
 * security modules refuse this in more ways than can be read from anywhere.
 */
function tryNamespaces(user: readonly string[], uid: number | undefined): NamespaceTrial {
  const program = ['/usr/bin/unshare', '/bin/unshare'].find(isExecutable);
  if (program === undefined) return { kind: 'not-tried', reason: 'unshare(1) is not installed' };
  const flags = [...user, '--mount', '--ipc', '--net', '--pid', '--fork', '--mount-proc'];
  const identity = uid === undefined ? {} : { uid, gid: uid };
  const { status, stderr, error } = spawnSync(program, [...flags, 'true'], {
    ...identity,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TRIAL_MS,
  });
  if (status === 0) return { kind: 'made' };
  if (error !== undefined) return { kind: 'not-tried', reason: error.message };
  const [line = ''] = stderr.toString().trim().split('\n');
  return { kind: 'refused', reason: line === '' ? `unshare ended with status ${status}` : line };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The contents of a file that some hosts do not have, or do not show. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function firstLine(path: string): string {
  return textOf(path).split('\n', 1)[0] ?? '';
}

function wordsOf(path: string): readonly string[] {
  return firstLine(path)
    .split(' ')
    .filter((word) => word !== '');
}
