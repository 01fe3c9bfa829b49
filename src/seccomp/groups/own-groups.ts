import { LOCKS_GROUP, OPEN_FILES_GROUP, READ_FILES_GROUP, WRITE_FILES_GROUP } from './file-groups.ts';
import { JIT_GROUP, NODE_GROUP } from './node-groups.ts';
import {
  DAEMON_GROUP,
  DATAGRAM_GROUP,
  FTP_DATA_GROUP,
  NAMING_MESSAGES,
  TERMINAL_GROUP,
} from './opening-groups.ts';
import { CHANGE_USER_GROUP, IDENTITY_GROUP, SELF_GROUP } from './process-groups.ts';
import { answersDatagrams, mayHoldDescriptors, NO_POLICY, type RestOfPolicy } from './rest-of-policy.ts';
import { rulesBySurroundings } from './rules-by-surroundings.ts';
import { rulesWithNumbers } from './signal-groups.ts';
import { TIME_GROUP } from './time-group.ts';

/** Sockets between a process and its children. One of datagrams would reach every UNIX socket of the host. */
const STREAM_PAIR = 'socketpair(family == AF_UNIX, type & 0xf in {SOCK_STREAM, SOCK_SEQPACKET})';

/**
 * Groups of our own, as rule texts. None of them but those that are in `GROUP_OPENS` opens a boundary (boundaries.ts): a test
 * holds them to it.
 * Calls that an architecture does not have are left out there, so `open` may stand beside `openat`.
 */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  /** The rules of a policy that has none: what nearly every program needs, and what tells nothing about one. */
  '@service': [
    '@start',
    '@stdio',
    '@read-files',
    '@socket',
    '@identity',
    '@self',
    '@time',
    '@signal-self',
    '@lookups',
  ],
  /** The calls by which a dynamically linked program starts and ends. Memory is never writable and executable at once. */
  '@start': [
    'access',
    'arch_prctl(option in {ARCH_SET_FS, ARCH_GET_FS})',
    'brk',
    'clock_gettime',
    'close',
    'exit',
    'exit_group',
    'faccessat',
    'faccessat2',
    'fstat',
    'futex',
    'getrandom',
    'madvise',
    'mmap(prot & PROT_EXEC == 0 || prot & PROT_WRITE == 0 && flags & MAP_SHARED == 0)',
    'mprotect(prot & PROT_EXEC == 0)',
    'mremap',
    'munmap',
    'newfstatat',
    'open(flags & (O_ACCMODE|O_CREAT|O_TRUNC) == O_RDONLY)',
    'openat(flags & (O_ACCMODE|O_CREAT|O_TRUNC) == O_RDONLY)',
    'pread64',
    'prlimit64(pid == 0 && new_rlim == NULL)',
    'read',
    'readlink',
    'readlinkat',
    'restart_syscall',
    'rseq',
    'rt_sigaction',
    'rt_sigprocmask',
    'rt_sigreturn',
    'set_robust_list',
    'set_tid_address',
    'sigaltstack',
    'stat',
    'statx',
  ],
  /** Work on descriptors that are open already. */
  '@stdio': [
    'close',
    'close_range',
    'copy_file_range',
    'dup',
    'dup2',
    'dup3',
    'fadvise64',
    'fcntl(cmd in {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_GETPIPE_SZ, F_SETPIPE_SZ})',
    'fcntl(cmd == F_SETFL && arg & O_ASYNC == 0)',
    'fstat',
    'ioctl(cmd in {FIOCLEX, FIONCLEX, FIONBIO, FIONREAD, TCGETS, TIOCGWINSZ})',
    'lseek',
    'newfstatat',
    'pipe',
    'pipe2',
    'poll',
    'ppoll',
    'pread64',
    'preadv',
    'preadv2',
    'pselect6',
    'pwrite64',
    'pwritev',
    'pwritev2',
    'read',
    'readv',
    'select',
    'sendfile',
    'splice',
    'tee',
    'write',
    'writev',
  ],
  /** Waiting for many descriptors, and for changes of files. */
  '@events': [
    'epoll_create',
    'epoll_create1',
    'epoll_ctl',
    'epoll_pwait',
    'epoll_pwait2',
    'epoll_wait',
    'eventfd',
    'eventfd2',
    'inotify_add_watch',
    'inotify_init',
    'inotify_init1',
    'inotify_rm_watch',
    STREAM_PAIR,
    'timerfd_create',
    'timerfd_gettime',
    'timerfd_settime',
  ],
  '@read-files': READ_FILES_GROUP,
  '@locks': LOCKS_GROUP,
  '@open-files': OPEN_FILES_GROUP,
  '@write-files': WRITE_FILES_GROUP,
  /** The connected socket that a service is given: talking over it, never dialling, binding or listening with it. */
  '@socket': [
    'getpeername',
    'getsockname',
    'getsockopt',
    'recvfrom',
    'recvmmsg',
    'recvmsg',
    'sendmmsg(flags & MSG_FASTOPEN == 0)',
    'sendmsg(flags & MSG_FASTOPEN == 0)',
    'sendto(flags & MSG_FASTOPEN == 0 && addr == NULL)',
    'setsockopt(level == SOL_SOCKET, optname in {SO_KEEPALIVE, SO_LINGER, SO_OOBINLINE, SO_SNDBUF, SO_RCVBUF, SO_RCVLOWAT})',
    'setsockopt(level == SOL_SOCKET, optname in {SO_RCVTIMEO_OLD, SO_RCVTIMEO_NEW, SO_SNDTIMEO_OLD, SO_SNDTIMEO_NEW})',
    'setsockopt(level == IPPROTO_TCP, optname in {TCP_NODELAY, TCP_CORK, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT})',
    'setsockopt(level == IPPROTO_TCP, optname in {TCP_QUICKACK, TCP_USER_TIMEOUT, TCP_LINGER2})',
    'setsockopt(level == IPPROTO_IP, optname == IP_TOS)',
    'setsockopt(level == IPPROTO_IPV6, optname == IPV6_TCLASS)',
    'shutdown',
  ],
  /** For services that accept for themselves (`handoff: listener`). */
  '@accept': ['accept', 'accept4'],
  /** Child processes in the same namespaces, and waiting for them. */
  '@fork': [
    'clone(clone_flags & ~(CSIGNAL|CLONE_VM|CLONE_VFORK|CLONE_CHILD_SETTID|CLONE_CHILD_CLEARTID|CLONE_PARENT_SETTID) == 0)',
    'fork',
    'pipe',
    'pipe2',
    STREAM_PAIR,
    'vfork',
    'wait4',
    'waitid',
  ],
  /** Threads of the own process. */
  '@threads': [
    'clone(clone_flags & (CLONE_THREAD|CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP|CLONE_PTRACE|CLONE_PIDFD) == CLONE_THREAD)',
    'futex',
    'futex_requeue',
    'futex_wait',
    'futex_waitv',
    'futex_wake',
    'get_robust_list(pid == 0)',
    'getcpu',
    'gettid',
    'madvise',
    'membarrier',
    'prctl(option in {PR_SET_NAME, PR_GET_NAME})',
    'rseq',
    'sched_getaffinity(pid == 0)',
    'sched_yield',
    'set_robust_list',
  ],
  '@identity': IDENTITY_GROUP,
  '@self': SELF_GROUP,
  '@change-user': CHANGE_USER_GROUP,
  /**
   * Answers to the questions of the C library: for names of users and hosts, for addresses, and the system's log. It goes on
   * with what it finds in files.
   */
  '@lookups': [
    'socket(family in {AF_UNIX, AF_NETLINK}) -> errno(EACCES)',
    'socket(family in {AF_INET, AF_INET6}, type & 0xf == SOCK_DGRAM) -> errno(EACCES)',
  ],
  '@time': TIME_GROUP,
  /** Handling signals, and sending them to the own process group. */
  '@signal-self': [
    'kill(pid == 0)',
    'pause',
    'rt_sigaction',
    'rt_sigpending',
    'rt_sigprocmask',
    'rt_sigreturn',
    'rt_sigsuspend',
    'rt_sigtimedwait',
    'sigaltstack',
    'signalfd',
    'signalfd4',
  ],
  '@datagram': DATAGRAM_GROUP,
  '@daemon': DAEMON_GROUP,
  '@ftp-data': FTP_DATA_GROUP,
  '@terminal': TERMINAL_GROUP,
  '@node': NODE_GROUP,
  '@jit': JIT_GROUP,
};

const BY_NAME: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(GROUPS));

/** The boundaries that a group opens, by name; a group that is not here opens none. `@locks` opens its own without a `root`. */
export const GROUP_OPENS: Readonly<Record<string, readonly string[]>> = {
  '@locks': ['locks on files of the host'],
  '@datagram': ['the handed socket'],
  '@daemon': ['the process group of a session'],
  '@ftp-data': ['the handed socket'],
  '@terminal': ['the process group of a session', 'the terminal'],
  '@jit': ['writable code'],
};

export const OWN_GROUP_NAMES: readonly string[] = [...BY_NAME.keys()];

/** Calls by which a service receives descriptors. */
const RECEIVING: readonly string[] = ['recvmsg', 'recvmmsg'];

/**
 * The rules of a group of our own within a policy, as texts. Only `@service` has groups among them. A call that a policy
 * brings without a condition stands there instead of its narrower forms. Calls that receive descriptors are left out where
 * some may wait that nobody could refuse.
 */
export function ownGroup(name: string, rest: RestOfPolicy = NO_POLICY): readonly string[] | undefined {
  const bare = rulesWithNumbers(name, rest);
  const isOpening = name !== '@datagram' && answersDatagrams(rest);
  const leftOut = [
    ...bare,
    ...(isOpening ? NAMING_MESSAGES : []),
    ...(mayHoldDescriptors(rest) ? RECEIVING : []),
  ];
  const rules = BY_NAME.get(name)?.filter((rule) => !leftOut.includes(rule.replace(/\(.*/, '')));
  return rules && [...rules, ...bare, ...rulesBySurroundings(name, rest)];
}
