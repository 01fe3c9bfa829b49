import type { SeenCall } from './exact-rules.ts';
import { answersBySocket } from './fitting-groups.ts';
import type { Surroundings } from './surroundings.ts';
import { makesTerminal } from './terminal-calls.ts';

/** Keys of a policy that go with a rule, each with a value or a word for one. */
export type OtherKeys = Readonly<Record<string, string>>;

/** Calls that change files or directories. */
const WRITING: ReadonlySet<string> = new Set([
  ...[
    'creat',
    'link',
    'linkat',
    'mkdir',
    'mkdirat',
    'mknod',
    'mknodat',
    'rename',
    'renameat',
    'renameat2',
    'rmdir',
  ],
  ...['symlink', 'symlinkat', 'truncate', 'unlink', 'unlinkat'],
]);

/** The capability that a call takes unless it changes nothing. Source: capabilities(7). */
export const CAPABILITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    CAP_CHOWN: ['chown', 'fchown', 'fchownat', 'lchown'],
    CAP_SETGID: ['setfsgid', 'setgid', 'setgroups', 'setregid', 'setresgid'],
    CAP_SETUID: ['setfsuid', 'setreuid', 'setresuid', 'setuid'],
    CAP_SYS_ADMIN: ['mount', 'pivot_root', 'setdomainname', 'sethostname', 'swapoff', 'swapon', 'umount2'],
    CAP_SYS_BOOT: ['kexec_load', 'reboot'],
    CAP_SYS_CHROOT: ['chroot'],
    CAP_SYS_MODULE: ['delete_module', 'finit_module', 'init_module'],
    CAP_SYS_PACCT: ['acct'],
    CAP_SYS_RAWIO: ['ioperm', 'iopl'],
    CAP_SYS_TIME: ['clock_settime', 'settimeofday'],
    CAP_SYS_TTY_CONFIG: ['vhangup'],
    CAP_SYSLOG: ['syslog'],
  }).flatMap(([capability, calls]) => calls.map((call) => [call, capability] as const)),
);

const INET: ReadonlySet<bigint> = new Set([2n, 10n]);
const PACKET = 17n;
const RAW = 3n;

/** sizeof of struct sockaddr_in and sockaddr_in6: a filter does not see the address, and its size says which kind it is. */
const INET_ADDRESSES: ReadonlySet<bigint> = new Set([16n, 28n]);

/** The keys that a call needs beside its rule, as far as the policy does not have them. */
export function otherKeys(seen: SeenCall, around: Surroundings): OtherKeys {
  const keys: Record<string, string> = {};
  const { call, args } = seen;
  if (makesTerminal(seen, around)) return around.hasTerminals ? keys : { terminals: 'true' };
  if (WRITING.has(call) || opensToWrite(call, args)) {
    if (!around.mayWrite) keys['writable'] = 'a directory';
    // The group for any of them lets files be made and written as well.
    if (around.writesNothing && !call.startsWith('mknod')) keys['rlimits.fsize'] = FILE_SIZE;
  }
  // The limit counts for a file of memory, too.
  if (call === 'memfd_create' && around.writesNothing) keys['rlimits.fsize'] = FILE_SIZE;
  const capability = CAPABILITIES.get(call) ?? (isRawSocket(seen) ? 'CAP_NET_RAW' : undefined);
  if (capability !== undefined && !around.capabilities.includes(capability) && !isIdle(seen))
    keys['capabilities'] = capability;
  const reaches = reachesOut(call, args) || answersBySocket(seen, around);
  if (around.network === 'none' && reaches) keys['network'] = 'host';
  if ((call === 'execve' || call === 'execveat') && around.rest.exec === 'once') keys['exec'] = 'allow';
  const locked = lockedMemory(call, args);
  if (locked !== undefined) keys['rlimits.memlock'] = locked;
  return keys;
}

/** Enough for logs, mail and small databases. */
const FILE_SIZE = '64MiB';

const KIB = 1024n;
/** Keys and passwords, for which programs lock memory, in several pieces. */
const LEAST_LOCKED = 64n * KIB;
const MOST_LOCKED = 1024n * 1024n * KIB;

/** The value of `rlimits.memlock` that is enough for a call. mlockall takes the whole address space, by default 1GiB. */
function lockedMemory(call: string, args: readonly bigint[]): string | undefined {
  if (call === 'mlockall') return '1GiB';
  if (call !== 'mlock' && call !== 'mlock2') return undefined;
  const length = args[1] ?? 0n;
  let size = LEAST_LOCKED;
  while (size < length && size < MOST_LOCKED) size *= 2n;
  return `${size / KIB}KiB`;
}

/** The keys of a change after which the kernel answers with an error, where that is as good: a program goes on without memory that is locked. */
export function keysToFail(keys: OtherKeys, around: Surroundings): OtherKeys {
  const { 'rlimits.memlock': _, capabilities, ...others } = keys;
  const isKept = capabilities !== undefined && !mayLack(capabilities, around);
  return isKept ? { ...others, capabilities } : others;
}

/** The capabilities of a service that changes its user: one that has one of them needs the others as well. */
const CHANGING_USER: ReadonlySet<string> = new Set(['CAP_SETGID', 'CAP_SETUID', 'CAP_SYS_CHROOT']);

/**
 * Returns whether a service may do without a capability. An ordinary user never had it, so the program knows the refusal from
 * everywhere else. A raw socket is the exception: nobody asks for one in passing.
 */
function mayLack(capability: string, { rest, capabilities }: Surroundings): boolean {
  if (rest.user === undefined || rest.user === 'root' || rest.user === 0) return false;
  if (capability === 'CAP_NET_RAW') return false;
  return !(CHANGING_USER.has(capability) && capabilities.some((name) => CHANGING_USER.has(name)));
}

/** O_ACCMODE, O_CREAT and O_TRUNC; include/uapi/asm-generic/fcntl.h. */
const OPENS_TO_WRITE = 0o1103n;

function opensToWrite(call: string, args: readonly bigint[]): boolean {
  if (call === 'open') return ((args[1] ?? 0n) & OPENS_TO_WRITE) !== 0n;
  return call === 'openat' && ((args[2] ?? 0n) & OPENS_TO_WRITE) !== 0n;
}

const UNCHANGED = 0xffff_ffffn;

/**
 * Returns whether a call takes root's ids, leaves all groups or changes no owner: daemons that were started as root do so. Such a
 * program goes on when the kernel refuses it, and with the capability it would be root.
 */
function isIdle({ call, args }: SeenCall): boolean {
  const ids = args.map((value) => BigInt.asUintN(32, value));
  if (call === 'setgroups') return ids[0] === 0n;
  if (/^[fl]?chown$/.test(call)) return ids[1] === UNCHANGED && ids[2] === UNCHANGED;
  if (!/^set(fs|re|res)?[ug]id$/.test(call)) return false;
  const count = call.startsWith('setres') ? 3 : call.startsWith('setre') ? 2 : 1;
  return ids.slice(0, count).every((id) => id === 0n || id === UNCHANGED);
}

function isRawSocket({ call, args }: SeenCall): boolean {
  const [family = 0n, type = 0n] = args.map((value) => BigInt.asUintN(32, value));
  return call === 'socket' && (family === PACKET || (INET.has(family) && (type & 0xfn) === RAW));
}

function reachesOut(call: string, args: readonly bigint[]): boolean {
  const length = BigInt.asUintN(32, args[2] ?? 0n);
  return (call === 'connect' || call === 'bind') && INET_ADDRESSES.has(length);
}

/** The keys as the end of a sentence about a rule: `a directory in writable`. */
export function keysText(keys: OtherKeys): readonly string[] {
  return Object.entries(keys).map(([key, value]) =>
    key === 'capabilities' || value.startsWith('a ') ? `${value} in ${key}` : `${key}: ${value}`,
  );
}
