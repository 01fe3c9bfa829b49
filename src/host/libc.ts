import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { constantNumber } from '../kernel/constants.ts';
import { errnoOf, errnoText } from '../kernel/errno.ts';
import { syscallNumber } from '../kernel/system-calls.ts';
import { hostArchitecture } from './host-architecture.ts';

type NativeFunction = (...args: unknown[]) => number;

/** A call of the C library that failed. */
export class ErrnoError extends Error {
  readonly call: string;
  readonly errno: number;

  constructor(call: string, errno: number) {
    super(`${call}: ${errnoText(errno)}`);
    this.name = 'ErrnoError';
    this.call = call;
    this.errno = errno;
  }
}

/** A raw account entry: `name` and the numbers of `struct passwd` or `struct group`. */
export interface RawAccount {
  readonly name: string;
  readonly id: number;
  /** The primary group; for a group its own number. */
  readonly gid: number;
}

/** The numbers for "not found", which has no single one: getpwnam_r(3) lists these. */
const NOT_FOUND: ReadonlySet<number> = new Set([0, ...['ENOENT', 'ESRCH', 'EBADF', 'EPERM'].map(errnoOf)]);
const NO_LANDLOCK: ReadonlySet<number> = new Set(['ENOSYS', 'EOPNOTSUPP'].map(errnoOf));
const EFAULT = errnoOf('EFAULT');
const ESRCH = errnoOf('ESRCH');
const ERANGE = errnoOf('ERANGE');

const F_DUPFD = constantNumber('F_DUPFD');
const F_SETFD = constantNumber('F_SETFD');
const FD_CLOEXEC = constantNumber('FD_CLOEXEC');
const PRIO_USER = constantNumber('PRIO_USER');
const LANDLOCK_CREATE_RULESET_VERSION = constantNumber('LANDLOCK_CREATE_RULESET_VERSION');
const SECCOMP_SET_MODE_FILTER = constantNumber('SECCOMP_SET_MODE_FILTER');

const LARGEST_ACCOUNT_BYTES = 1024 * 1024;

let loadedKoffi: typeof Koffi | undefined;
const functions = new Map<string, NativeFunction>();

/** koffi is loaded on first use: most commands never need it, and it costs them start-up time. */
function koffi(): typeof Koffi {
  loadedKoffi ??= createRequire(import.meta.url)('koffi') as typeof Koffi;
  return loadedKoffi;
}

function libc(prototype: string): NativeFunction {
  let found = functions.get(prototype);
  if (found === undefined) {
    found = koffi().load(null).func(prototype) as unknown as NativeFunction;
    functions.set(prototype, found);
  }
  return found;
}

/** For the calls that answer -1 and set errno. */
function checked(call: string, result: number): number {
  if (result >= 0) return result;
  throw new ErrnoError(call, koffi().errno());
}

/** pipe2(2): the read end and the write end. */
export function pipe2(flags: number): [number, number] {
  const ends = new Int32Array(2);
  checked('pipe2', libc('int pipe2(void *ends, int flags)')(ends, flags));
  return [ends[0] ?? -1, ends[1] ?? -1];
}

/** memfd_create(2): an anonymous file in memory. */
export function memfdCreate(name: string, flags: number): number {
  return checked('memfd_create', libc('int memfd_create(const char *name, unsigned int flags)')(name, flags));
}

/** Sets whether an exec closes a descriptor. Node sets close-on-exec even on 0, 1 and 2. */
export function setCloseOnExec(descriptor: number, on: boolean): void {
  const fcntl = libc('int fcntl(int fd, int command, ...)');
  checked('fcntl', fcntl(descriptor, F_SETFD, 'int', on ? FD_CLOEXEC : 0));
}

/**
 * execve(2): replaces this process, all threads of Node included; comes back only by throwing.
 * SIGPIPE and SIGXFSZ, which Node ignores, stay ignored in the new program.
 */
export function execve(path: string, argv: readonly string[], environment: readonly string[]): never {
  const call = libc('int execve(const char *path, const char **argv, const char **envp)');
  call(path, [...argv, null], [...environment, null]);
  throw new ErrnoError('execve', koffi().errno());
}

/** The number of a system call on this machine. */
function numberOf(call: string): number {
  const number = syscallNumber(call, hostArchitecture());
  if (number === undefined) throw new Error(`${hostArchitecture()} has no system call ${call}`);
  return number;
}

/** The Landlock version of this kernel; 0 when it has none. Source: landlock_create_ruleset(2). */
export function landlockAbi(): number {
  const syscall = libc('long syscall(long number, ...)');
  const version = syscall(
    numberOf('landlock_create_ruleset'),
    'void *',
    null,
    'size_t',
    0,
    'unsigned int',
    LANDLOCK_CREATE_RULESET_VERSION,
  );
  if (version >= 0) return Number(version);
  const errno = koffi().errno();
  if (NO_LANDLOCK.has(errno)) return 0;
  throw new ErrnoError('landlock_create_ruleset', errno);
}

/**
 * Returns whether the kernel knows a flag of filters. It asks as seccomp(2) recommends: the call has no filter, and with
 * a known flag the kernel tries to read one and answers EFAULT.
 */
export function knowsFilterFlag(flag: number): boolean {
  const syscall = libc('long syscall(long number, ...)');
  syscall(numberOf('seccomp'), 'unsigned int', SECCOMP_SET_MODE_FILTER, 'unsigned int', flag, 'void *', null);
  return koffi().errno() === EFAULT;
}

/** getpwnam_r(3), through NSS. */
export function userByName(name: string): RawAccount | undefined {
  return account('getpwnam_r', 'const char *name', name, 20);
}

/** getpwuid_r(3), through NSS. */
export function userById(uid: number): RawAccount | undefined {
  return account('getpwuid_r', 'unsigned int uid', uid, 20);
}

/** getgrnam_r(3), through NSS. */
export function groupByName(name: string): RawAccount | undefined {
  return account('getgrnam_r', 'const char *name', name, 16);
}

/** getgrgid_r(3), through NSS. */
export function groupById(gid: number): RawAccount | undefined {
  return account('getgrgid_r', 'unsigned int gid', gid, 16);
}

/**
 * The four lookups have one shape. `struct passwd` is { char *name, *password; uid_t uid; gid_t gid; ... } and `struct group`
 * { char *name, *password; gid_t gid; char **members }, in glibc and musl alike. Their strings lie in the caller's buffer.
 */
function account(
  call: string,
  keyType: string,
  key: string | number,
  gidOffset: number,
): RawAccount | undefined {
  const lookup = libc(`int ${call}(${keyType}, void *entry, void *buffer, size_t size, void *found)`);
  const entry = Buffer.alloc(64);
  const found = Buffer.alloc(8);
  for (let size = 4096; size <= LARGEST_ACCOUNT_BYTES; size *= 4) {
    const strings = Buffer.alloc(size);
    const error = lookup(key, entry, strings, size, found);
    if (error === ERANGE) continue;
    if (found.readBigUInt64LE(0) === 0n) {
      if (NOT_FOUND.has(error)) return undefined;
      throw new ErrnoError(call, error);
    }
    const start = Number(entry.readBigUInt64LE(0) - koffi().address(strings));
    const name = strings.toString('utf8', start, strings.indexOf(0, start));
    return { name, id: entry.readUInt32LE(16), gid: entry.readUInt32LE(gidOffset) };
  }
  throw new ErrnoError(call, ERANGE);
}

/**
 * Returns whether a process of this user runs, of those that this PID namespace shows. Raw getpriority(2) answers 1 to 40 for
 * a user with processes.
 */
export function hasProcesses(uid: number): boolean {
  try {
    return systemCall('getpriority', numberOf('getpriority'), PRIO_USER, uid) > 0;
  } catch (error) {
    if (error instanceof ErrnoError && error.errno === ESRCH) return false;
    throw error;
  }
}

/** dup2(2): `to` becomes another name of `from`, and survives an exec. */
export function duplicateTo(from: number, to: number): void {
  checked('dup2', libc('int dup2(int from, int to)')(from, to));
}

/** fcntl(2) F_DUPFD: another name of `from`, the lowest that is free from `least` on; it survives an exec. */
export function duplicateAbove(from: number, least: number): number {
  return checked('fcntl', libc('int fcntl(int fd, int command, ...)')(from, F_DUPFD, 'int', least));
}

/** ptrace(2), with a number or a buffer as data. The answer is 0 or more. */
export function ptrace(request: number, pid: number, address: number, data: number | Buffer | null): number {
  const call = libc('long ptrace(long request, int pid, intptr_t address, ...)');
  const type = typeof data === 'number' ? 'long' : 'void *';
  return checked('ptrace', Number(call(request, pid, address, type, data)));
}

/** waitpid(2): waits until a child or tracee has stopped or ended. Answers its status. */
export function waitpid(pid: number, options: number): number {
  const status = Buffer.alloc(4);
  checked('waitpid', libc('int waitpid(int pid, void *status, int options)')(pid, status, options));
  return status.readInt32LE(0);
}

/** An argument of a system call: a number, or memory of ours that is at least as long as the kernel reads or writes. */
export type CallArgument = number | bigint | Uint8Array | null;

/** Makes a call by syscall(2), for which this file has no function. Throws an `ErrnoError` under the given name. */
export function systemCall(name: string, number: number, ...args: readonly CallArgument[]): number {
  const syscall = libc('long syscall(long number, ...)');
  const typed = args.flatMap((value): readonly unknown[] =>
    value === null || value instanceof Uint8Array ? ['void *', value] : ['long', value],
  );
  return Number(checked(name, syscall(number, ...typed)));
}

/**
 * Returns the address of memory of ours, for structures of the kernel. The memory does not move as long as it is
 * referenced.
 */
export function addressOf(memory: Uint8Array): bigint {
  return koffi().address(memory);
}

/** A copy of this process's own memory. The caller knows that it is mapped: elsewhere the process ends with SIGSEGV. */
export function readMemory(address: bigint, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  libc('void *memcpy(void *to, uintptr_t from, size_t length)')(bytes, address, length);
  return bytes;
}

/** Writes into this process's own memory, of which the same is true. */
export function writeMemory(address: bigint, bytes: Uint8Array): void {
  libc('void *memcpy(uintptr_t to, void *from, size_t length)')(address, bytes, bytes.length);
}
