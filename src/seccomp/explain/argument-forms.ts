/** The form in which a value is said: `pattern` matches the constants that it may be, or be made of. */
export type ArgumentForm =
  | { readonly kind: 'one' | 'flags'; readonly pattern: RegExp; readonly zero?: string }
  /** Flags above a number in the low bits that has a name of its own. */
  | { readonly kind: 'both'; readonly low: bigint; readonly one: RegExp; readonly flags: RegExp }
  | { readonly kind: 'octal' | 'decimal' | 'number' | 'directory' }
  /** An option of a socket: the level in the argument before says whose. */
  | { readonly kind: 'option' }
  /** The third argument of fcntl: the command says what it is. */
  | { readonly kind: 'command' }
  /** Something that may be an address or a number, by the call's first argument. */
  | { readonly kind: 'either' };

const one = (pattern: RegExp): ArgumentForm => ({ kind: 'one', pattern });
const flags = (pattern: RegExp, zero?: string): ArgumentForm => ({
  kind: 'flags',
  pattern,
  ...(zero === undefined ? {} : { zero }),
});

/** Bits above the two of O_ACCMODE. */
export const OPEN_BITS: RegExp = /^O_(?!ACCMODE$|RDONLY$|WRONLY$|RDWR$|NDELAY$|TMPFILE_MASK$)/;
const OPEN: ArgumentForm = { kind: 'both', low: 3n, one: /^O_(RDONLY|WRONLY|RDWR)$/, flags: OPEN_BITS };
const SOCKET_TYPE: ArgumentForm = {
  kind: 'both',
  low: 0xfn,
  one: /^SOCK_(?!CLOEXEC$|NONBLOCK$)/,
  flags: /^SOCK_(CLOEXEC|NONBLOCK)$/,
};
const PROTECTION = flags(/^PROT_(READ|WRITE|EXEC|GROWSDOWN|GROWSUP)$/, 'PROT_NONE');
const MAPPING: ArgumentForm = {
  kind: 'both',
  low: 0xfn,
  one: /^MAP_(SHARED|PRIVATE|SHARED_VALIDATE)$/,
  flags: /^MAP_(?!FILE$|TYPE$|SHARED|PRIVATE$|HUGE_|UNINITIALIZED$)/,
};
const SIGNAL = one(/^SIG(?!IOT$|POLL$|UNUSED$|STKSZ$|RT|_)/);
const CLONE: ArgumentForm = {
  kind: 'both',
  low: 0xffn,
  one: /^SIG(?!IOT$|POLL$|UNUSED$|STKSZ$|RT|_)/,
  flags: /^CLONE_(?!ARGS)/,
};
const MESSAGE = flags(/^MSG_/);
const FAMILY = one(/^AF_(?!LOCAL$|FILE$|ROUTE$|MAX$)/);
const DESCRIPTOR_FLAGS = flags(/^O_(CLOEXEC|NONBLOCK|DIRECT)$/);
const LEVEL = one(/^(SOL_(?!IP$|TCP$|IPV6$|UDP$)[A-Z0-9]+|IPPROTO_(IP|TCP|UDP|IPV6))$/);
const CLOCK = one(/^CLOCK_/);
const TIMER = flags(/^TIMER_ABSTIME$/);
const RESOURCE = one(/^RLIMIT_/);
const NOFOLLOW = flags(/^AT_(SYMLINK_NOFOLLOW|EMPTY_PATH|NO_AUTOMOUNT)$/);
const FOLLOW = flags(/^AT_(SYMLINK_FOLLOW|EMPTY_PATH)$/);
const ACCESS = flags(/^AT_(EACCESS|SYMLINK_NOFOLLOW|EMPTY_PATH)$/);
const NEW_NAMESPACES = flags(/^CLONE_(?!ARGS)/);
const LOCK = flags(/^LOCK_(SH|EX|NB|UN)$/);
const MOUNT: RegExp =
  /^MS_(?!ACTIVE$|BORN$|MGC|NOUSER$|RMT|KERNMOUNT$|SUBMOUNT$|VERBOSE$|NOSEC$|NOREMOTELOCK$|ASYNC$|INVALIDATE$|SYNC$)/;
const SCHEDULER = one(/^SCHED_(NORMAL|FIFO|RR|BATCH|IDLE|DEADLINE)$/);

/** By call and the kernel's name of the argument. */
const FORMS: ReadonlyMap<string, ArgumentForm> = new Map<string, ArgumentForm>([
  ...['open', 'openat', 'open_by_handle_at', 'mq_open'].map((call): [string, ArgumentForm] => [
    `${call} ${call === 'mq_open' ? 'oflag' : 'flags'}`,
    OPEN,
  ]),
  ['mmap prot', PROTECTION],
  ['mprotect prot', PROTECTION],
  ['pkey_mprotect prot', PROTECTION],
  ['mmap flags', MAPPING],
  ['mmap fd', { kind: 'number' }],
  ...[
    'mmap addr',
    'munmap addr',
    'mremap addr',
    'mremap new_addr',
    'mprotect start',
    'madvise start',
    'brk brk',
  ].map((name): [string, ArgumentForm] => [name, { kind: 'either' }]),
  ['clone newsp', { kind: 'either' }],
  ['clone tls', { kind: 'either' }],
  ['mremap flags', flags(/^MREMAP_/)],
  ...['sendto', 'sendmsg', 'sendmmsg', 'recvfrom', 'recvmsg', 'recvmmsg'].map(
    (call): [string, ArgumentForm] => [`${call} flags`, MESSAGE],
  ),
  ['clone clone_flags', CLONE],
  ['unshare unshare_flags', NEW_NAMESPACES],
  ['setns flags', NEW_NAMESPACES],
  ['socket family', FAMILY],
  ['socketpair family', FAMILY],
  ['socket type', SOCKET_TYPE],
  ['socketpair type', SOCKET_TYPE],
  ['accept4 flags', flags(/^SOCK_(CLOEXEC|NONBLOCK)$/)],
  ['setsockopt level', LEVEL],
  ['getsockopt level', LEVEL],
  ['setsockopt optname', { kind: 'option' }],
  ['getsockopt optname', { kind: 'option' }],
  ['shutdown how', one(/^SHUT_/)],
  ...[
    'kill',
    'tkill',
    'tgkill',
    'rt_sigqueueinfo',
    'rt_tgsigqueueinfo',
    'rt_sigaction',
    'pidfd_send_signal',
  ].map((call): [string, ArgumentForm] => [`${call} sig`, SIGNAL]),
  ['rt_sigprocmask how', one(/^SIG_(BLOCK|UNBLOCK|SETMASK)$/)],
  ...['prlimit64', 'setrlimit', 'getrlimit'].map((call): [string, ArgumentForm] => [
    `${call} resource`,
    RESOURCE,
  ]),
  ['getrusage who', one(/^RUSAGE_(SELF|CHILDREN|THREAD)$/)],
  ['fcntl cmd', one(/^F_(DUPFD|GET|SET|ADD|OFD_|NOTIFY$|CANCELLK$)/)],
  ['fcntl arg', { kind: 'command' }],
  ['prctl option', one(/^PR_((SET|GET|CAPBSET)_(?!MM_|PTRACER_|VMA_)|CAP_AMBIENT$|MCE_KILL$)/)],
  ...['arg2', 'arg3', 'arg4', 'arg5'].map((name): [string, ArgumentForm] => [
    `prctl ${name}`,
    { kind: 'either' },
  ]),
  ['arch_prctl option', one(/^ARCH_/)],
  ['madvise behavior', one(/^MADV_/)],
  ['lseek whence', one(/^SEEK_(?!MAX$)/)],
  ['ioctl cmd', one(/^(TC(GET|SET|SBRK|XONC|FLSH)|TIOC(?!M_|PKT_|SER_TEMT)|FIO|FS_IOC_|SIOC|SECCOMP_IOCTL)/)],
  ['flock cmd', LOCK],
  ['futex op', one(/^FUTEX_(WAIT|WAKE|REQUEUE|CMP_REQUEUE|LOCK|UNLOCK|TRYLOCK)(?!_?[VM]|V_|ERS)/)],
  ['epoll_ctl op', one(/^EPOLL_CTL_/)],
  ['epoll_create1 flags', flags(/^EPOLL_CLOEXEC$/)],
  ['eventfd2 flags', DESCRIPTOR_FLAGS],
  ['pipe2 flags', DESCRIPTOR_FLAGS],
  ['dup3 flags', DESCRIPTOR_FLAGS],
  ['inotify_init1 flags', flags(/^IN_(CLOEXEC|NONBLOCK)$/)],
  ['signalfd4 flags', flags(/^SFD_/)],
  ['timerfd_create clockid', CLOCK],
  ['timerfd_create flags', flags(/^TFD_(CLOEXEC|NONBLOCK)$/)],
  ['timerfd_settime flags', flags(/^TFD_TIMER_/)],
  ...['clock_gettime', 'clock_getres', 'clock_settime', 'clock_nanosleep', 'clock_adjtime'].map(
    (call): [string, ArgumentForm] => [`${call} which_clock`, CLOCK],
  ),
  ['clock_nanosleep flags', TIMER],
  ['getitimer which', one(/^ITIMER_/)],
  ['setitimer which', one(/^ITIMER_/)],
  ['memfd_create flags', flags(/^MFD_(?!HUGE_)/)],
  ['getrandom flags', flags(/^GRND_/)],
  ['renameat2 flags', flags(/^RENAME_/)],
  ['unlinkat flag', flags(/^AT_REMOVEDIR$/)],
  ['newfstatat flag', NOFOLLOW],
  ['statx flags', flags(/^AT_(SYMLINK_NOFOLLOW|EMPTY_PATH|NO_AUTOMOUNT|STATX_FORCE_SYNC|STATX_DONT_SYNC)$/)],
  ['statx mask', flags(/^STATX_(?!ATTR|ALL$|_)/)],
  ['faccessat2 flags', ACCESS],
  ['fchownat flag', NOFOLLOW],
  ['fchmodat2 flags', NOFOLLOW],
  ['utimensat flags', NOFOLLOW],
  ['execveat flags', NOFOLLOW],
  ['linkat flags', FOLLOW],
  ['fallocate mode', flags(/^FALLOC_FL_/)],
  ['close_range flags', flags(/^CLOSE_RANGE_/)],
  ['msync flags', flags(/^MS_(ASYNC|INVALIDATE|SYNC)$/)],
  ['mlockall flags', flags(/^MCL_/)],
  ['mount flags', flags(MOUNT)],
  ['ptrace request', one(/^PTRACE_(?!O_|EVENT|SYSCALL_INFO|OLD)/)],
  ['keyctl option', one(/^KEYCTL_(?!CAPS|MOVE_EXCL|SUPPORTS)/)],
  ['seccomp op', one(/^SECCOMP_(SET_MODE|GET)_/)],
  ['sched_setscheduler policy', SCHEDULER],
  ['sched_get_priority_max policy', SCHEDULER],
  ['sched_get_priority_min policy', SCHEDULER],
  ['setpriority which', one(/^PRIO_(PROCESS|PGRP|USER)$/)],
  ['getpriority which', one(/^PRIO_(PROCESS|PGRP|USER)$/)],
  ['ioprio_set which', one(/^IOPRIO_WHO_/)],
  ['ioprio_get which', one(/^IOPRIO_WHO_/)],
  ['wait4 options', flags(/^(WNOHANG|WUNTRACED|WCONTINUED)$/)],
  ['waitid options', flags(/^(WNOHANG|WEXITED|WSTOPPED|WCONTINUED|WNOWAIT)$/)],
  ['waitid which', one(/^P_(ALL|PGID|PID|PIDFD)$/)],
]);

const DECIMAL = new Set(['pid_t', 'uid_t', 'gid_t', 'size_t', 'old_uid_t', 'old_gid_t']);
const COUNT = /^(count|len|length|size|usize|addrlen|optlen|vlen|sigsetsize|nfds)$/;
const DIRECTORY = /^(dfd|dirfd|olddfd|newdfd|fd_dir)$/;

/** The form in which an argument of a call is said; `undefined`: as a number. */
export function argumentForm(call: string, { name, type, kind }: NamedArgument): ArgumentForm | undefined {
  const known = FORMS.get(`${call} ${name}`);
  if (known !== undefined) return known;
  if (kind === 'int16') return { kind: 'octal' };
  if (kind === 'int32' && DIRECTORY.test(name)) return { kind: 'directory' };
  if (COUNT.test(name) && kind !== 'pointer') return { kind: 'decimal' };
  return DECIMAL.has(type) ? { kind: 'decimal' } : undefined;
}

/** An argument as the kernel declares it. */
export interface NamedArgument {
  readonly name: string;
  readonly type: string;
  readonly kind: string;
}
