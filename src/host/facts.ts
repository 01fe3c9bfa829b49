import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { getPriority, release } from 'node:os';
import { capabilitySet } from '../kernel/capabilities.ts';
import { constantNumber } from '../kernel/constants.ts';
import { RLIM_INFINITY, RLIMIT_NAMES, type RlimitName } from '../kernel/rlimits.ts';
import type { HostFacts } from '../plan/facts.ts';
import { hostArchitecture } from './host-architecture.ts';
import { landlockAbi } from './libc.ts';

/** The titles of /proc/self/limits, in the kernel's numbers' order. Source: `lnames` in fs/proc/base.c. */
const LIMIT_TITLES: Readonly<Record<RlimitName, string>> = {
  cpu: 'Max cpu time',
  fsize: 'Max file size',
  data: 'Max data size',
  stack: 'Max stack size',
  core: 'Max core file size',
  rss: 'Max resident set',
  nproc: 'Max processes',
  nofile: 'Max open files',
  memlock: 'Max locked memory',
  as: 'Max address space',
  locks: 'Max file locks',
  sigpending: 'Max pending signals',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
};

/**
 * Reads from /proc what the running kernel and the credentials of this process allow; throws when /proc is not mounted.
 */
export function readHostFacts(): HostFacts {
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '0';
  return {
    architecture: hostArchitecture(),
    uid: Number(field('Uid')),
    gid: Number(field('Gid')),
    permitted: permittedHere(BigInt(`0x${field('CapPrm')}`)),
    lastCapability: readNumber('/proc/sys/kernel/cap_last_cap', 40),
    kernelRelease: release(),
    seccomp: existsSync('/proc/sys/kernel/seccomp/actions_avail'),
    audit: mayHearAudit(),
    userNamespacesForbiddenBy: userNamespacesForbiddenBy(),
    landlockAbi: landlockAbi(),
    hardLimits: readHardLimits(readFileSync('/proc/self/limits', 'utf8')),
    oomScoreAdj: readNumber('/proc/self/oom_score_adj', 0),
    nice: getPriority(),
    unprivilegedPortStart: readNumber('/proc/sys/net/ipv4/ip_unprivileged_port_start', 1024),
  };
}

/**
 * Leaves out CAP_SYS_RAWIO in a user namespace: root of a container has the bit there, and the kernel asks for it in the
 * first namespace before it maps page 0. Sources: security/min_addr.c, PROC_USER_INIT_INO in include/linux/proc_ns.h.
 */
function permittedHere(permitted: bigint): bigint {
  return isFirstUserNamespace() ? permitted : permitted & ~capabilitySet(['CAP_SYS_RAWIO']);
}

/** By the number of the namespace: a map of all numbers to themselves looks like the first one's. */
function isFirstUserNamespace(): boolean {
  return readlinkSync('/proc/self/ns/user') === 'user:[4026531837]';
}

/** The hard limits in the text of /proc/self/limits. */
function readHardLimits(text: string): Readonly<Record<RlimitName, bigint>> {
  const hard = (name: RlimitName): bigint => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(LIMIT_TITLES[name]));
    const word = line?.slice(LIMIT_TITLES[name].length).trim().split(/\s+/)[1];
    return word === undefined || word === 'unlimited' ? RLIM_INFINITY : BigInt(word);
  };
  return Object.fromEntries(RLIMIT_NAMES.map((name) => [name, hard(name)])) as Record<RlimitName, bigint>;
}

/** Only the first user namespace hears the audit; a network has the kernel's socket of it where there is one. */
function mayHearAudit(): boolean {
  if (!isFirstUserNamespace()) return false;
  const isOfKernel = (line: string): boolean => {
    const [, protocol, port] = line.split(/\s+/);
    return Number(protocol) === constantNumber('NETLINK_AUDIT') && port === '0';
  };
  return readText('/proc/net/netlink').split('\n').some(isOfKernel);
}

/** Debian's, Ubuntu's and the kernel's own way to forbid user namespaces, each with the value that forbids. */
function userNamespacesForbiddenBy(): string | undefined {
  const settings = [
    ['user.max_user_namespaces', 0],
    ['kernel.unprivileged_userns_clone', 0],
    ['kernel.apparmor_restrict_unprivileged_userns', 1],
  ] as const;
  const forbidding = settings.find(
    ([name, value]) => readNumber(`/proc/sys/${name.replaceAll('.', '/')}`, Number.NaN) === value,
  );
  return forbidding && `${forbidding[0]} = ${forbidding[1]}`;
}

function readNumber(path: string, otherwise: number): number {
  const text = readText(path);
  return text === '' ? otherwise : Number(text.trim());
}

/** Empty where the file cannot be read. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
