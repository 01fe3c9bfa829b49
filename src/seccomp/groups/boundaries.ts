import { DATAGRAM_OPTIONS } from './opening-groups.ts';
import { ownGroup } from './own-groups.ts';
import { SIGNAL_CALLS } from './signal-groups.ts';

/** One call of a boundary. */
export interface BoundaryCall {
  readonly call: string;
  /** Rules that keep the boundary, or-bound; none when every use of the call opens it. */
  readonly safe: readonly string[];
}

/** Something that holds sessions, the gate and the network apart, and that a filter can give away. */
export interface Boundary {
  readonly name: string;
  /** The power of an attacker in a session once the boundary is open. */
  readonly gives: string;
  readonly calls: readonly BoundaryCall[];
  /** The calls open the boundary only beside one of these, which is equally at fault. */
  readonly beside?: readonly BoundaryCall[];
  /** The calls open it only under this condition, which most services need, so that no warning blames it. */
  readonly where?: Where;
  /** An error, which no policy can accept; absent: a warning. */
  readonly severity?: 'error';
  /** The session leaves something that outlives the service. With `user: own` no reason excuses that. */
  readonly outlives?: true;
}

/** A condition on the rest of a policy. */
export interface Where {
  /** In the words of the documentation. */
  readonly text: string;
  /** One of these goes beyond its safe form; absent: no call matters. */
  readonly calls?: readonly BoundaryCall[];
  /** The service has no `root`, so it sees the host's files. */
  readonly hostRoot?: boolean;
  /** Landlock is not sure to keep the signals of a session within it. */
  readonly unscopedSignals?: boolean;
  /** The rules are those of a whole policy, which a launch stands behind. */
  readonly launched?: boolean;
}

function never(...calls: readonly string[]): readonly BoundaryCall[] {
  return calls.map((call) => ({ call, safe: [] }));
}

function only(...rules: readonly string[]): readonly BoundaryCall[] {
  return rules.map((rule) => ({ call: rule.replace(/\(.*/, ''), safe: [rule] }));
}

const SOCKET_OPTIONS = [
  ...(ownGroup('@socket') ?? []).filter((rule) => rule.startsWith('setsockopt(')),
  ...DATAGRAM_OPTIONS,
];

/** Files are opened by these. */
const OPENING = never('open', 'openat', 'openat2', 'creat', 'open_by_handle_at');

/** Memory can be executable by these; mprotect on what was mapped without PROT_EXEC counts as well. */
const MAPPING_CODE = only(
  'mmap(prot & PROT_EXEC == 0)',
  'mprotect(prot & PROT_EXEC == 0)',
  'pkey_mprotect(prot & PROT_EXEC == 0)',
  'personality(personality == 0xffffffff)',
);

/**
 * Numbers of the keyboard, the terminal and the screen. The numbers by which a program asks, and sets modes and sizes, are left
 * out. The type is the second byte. The bits above it, direction and size, are part of some numbers.
 */
const TERMINAL =
  'ioctl(cmd & 0xff00 not in {0x4b00, 0x5400, 0x5600} || cmd in {TCGETS, TCGETS2, TCSETS, TCSETS2, TCSETSW, TCSETSW2, TCSETSF, TCSETSF2, TCGETA, TCSETA, TCSETAW, TCSETAF, TCSBRK, TCSBRKP, TCXONC, TCFLSH, TIOCGWINSZ, TIOCSWINSZ, TIOCGPGRP, TIOCGSID, TIOCGDEV, TIOCGEXCL, TIOCGPKT, TIOCGPTLCK, TIOCGPTN, TIOCOUTQ, TIOCGETD, TIOCMGET, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, FIOASYNC, FIOQSIZE})';

/** The owner of a descriptor gets a signal when something happens to it. The kernel sends it, and a group as well may be the owner. */
const OWNED_DESCRIPTORS = only(
  'fcntl(cmd not in {F_SETOWN, F_SETOWN_EX, F_SETSIG, F_SETLEASE, F_NOTIFY} && (cmd != F_SETFL || arg & O_ASYNC == 0))',
  'ioctl(cmd not in {FIOASYNC, FIOSETOWN, SIOCSPGRP, TIOCSIG})',
);

const NAMESPACES =
  'CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP|CLONE_PTRACE|CLONE_PIDFD';

/** The catalogue. Knowledge only: boundary-check.ts decides whether a filter opens one. */
export const BOUNDARIES: readonly Boundary[] = [
  {
    name: 'signals to other processes',
    gives: 'a session can signal the gate and other sessions, which run under the same uid',
    calls: [...only('kill(pid == 0)'), ...never(...SIGNAL_CALLS.filter((call) => call !== 'kill'))],
    where: {
      text: 'no launch with `landlock: required` keeps the signals of a session within it',
      unscopedSignals: true,
    },
  },
  {
    name: 'signals by descriptor',
    gives: 'a session can have signals sent to the gate and other sessions, which run under the same uid',
    calls: [...never('pidfd_open', 'pidfd_send_signal'), ...OWNED_DESCRIPTORS],
  },
  {
    name: 'limits and scheduling of other processes',
    gives:
      'a session can cripple or kill the gate by its pid: prlimit on RLIMIT_CPU is a SIGKILL, and Landlock does not stop it',
    calls: [
      ...only(
        'prlimit64(pid == 0)',
        'sched_setaffinity(pid == 0)',
        'sched_setattr(pid == 0)',
        'sched_setparam(pid == 0)',
        'sched_setscheduler(pid == 0)',
        'setpriority(which == PRIO_PROCESS && who == 0)',
        'ioprio_set(which == IOPRIO_WHO_PROCESS && who == 0)',
        'migrate_pages(pid == 0)',
        'move_pages(pid == 0)',
      ),
      ...never('process_madvise', 'process_mrelease'),
    ],
  },
  {
    name: "the host's core files",
    gives:
      'a session can lift the limit of 1 byte that keeps its core file, also by 0, from the program in core_pattern, which the kernel starts as root of the host',
    calls: only(
      'prlimit64(new_rlim == NULL || resource != RLIMIT_CORE)',
      'setrlimit(resource != RLIMIT_CORE)',
    ),
  },
  {
    name: 'memory and descriptors of other processes',
    gives: 'a session can read and change other sessions of the same uid',
    calls: [
      ...never('ptrace', 'process_vm_readv', 'process_vm_writev', 'kcmp', 'pidfd_getfd'),
      ...only('get_robust_list(pid == 0)'),
    ],
  },
  {
    name: 'the process group of a session',
    gives: 'a process can leave its session and live on when the session is killed',
    calls: never('setsid', 'setpgid'),
  },
  {
    name: 'the process groups of other sessions',
    gives:
      'a session can join the process group of another one, which the kernel then takes for its own where it looks at groups',
    calls: never('setsid', 'setpgid'),
    beside: [
      ...never('pidfd_open', 'pidfd_send_signal', 'pidfd_getfd', 'ptrace'),
      ...only(
        'prlimit64(pid == 0 || new_rlim == NULL)',
        'sched_setaffinity(pid == 0)',
        'sched_setattr(pid == 0)',
        'sched_setparam(pid == 0)',
        'sched_setscheduler(pid == 0)',
      ),
      ...OWNED_DESCRIPTORS,
    ],
    where: { text: 'a whole policy is launched, which then has an error', launched: true },
    severity: 'error',
  },
  {
    name: 'the handed socket',
    gives: 'the service can dial out, listen or reconfigure the network through the socket that it was given',
    calls: [
      ...never('connect', 'bind', 'listen'),
      ...only(
        'sendto(flags & MSG_FASTOPEN == 0 && addr == NULL)',
        'sendmsg(flags & MSG_FASTOPEN == 0)',
        'sendmmsg(flags & MSG_FASTOPEN == 0)',
        'ioctl(cmd not in {0x8903..0x8904, 0x8910..0x89ff, 0x8b00..0x8bff})',
      ),
      { call: 'setsockopt', safe: SOCKET_OPTIONS },
    ],
  },
  {
    name: 'socket families',
    gives: 'the service can make sockets of every family: netlink, packet, crypto, virtual machines',
    calls: only(
      // For old programs the kernel makes AF_PACKET of SOCK_PACKET in AF_INET.
      'socket(family in {AF_UNIX, AF_INET6} || family == AF_INET && type & 0xf != SOCK_PACKET)',
      'socketpair(family == AF_UNIX)',
    ),
  },
  {
    name: 'names in messages',
    gives:
      'a message names whom it is for, in memory that no filter sees: datagrams go to every UNIX socket of the host, with descriptors, and where there is a network to every address',
    calls: [
      {
        call: 'socket',
        safe: [
          'socket(family == AF_UNIX, type & 0xf in {SOCK_STREAM, SOCK_SEQPACKET})',
          'socket(family in {AF_INET, AF_INET6}, type & 0xf == SOCK_STREAM, protocol in {0, IPPROTO_TCP, IPPROTO_MPTCP})',
        ],
      },
      ...only('socketpair(family == AF_UNIX, type & 0xf in {SOCK_STREAM, SOCK_SEQPACKET})'),
    ],
    beside: never('sendmsg', 'sendmmsg'),
  },
  {
    name: 'calls by submission',
    gives:
      'calls that are submitted in memory are made without asking the filter: by io_uring all of them, by io_submit reads and writes',
    calls: never('io_uring_setup', 'io_uring_enter', 'io_uring_register', 'io_submit'),
  },
  {
    name: 'key rings',
    gives:
      'keys are found by uid, so those of other sessions and of who started the service are within reach',
    calls: never('keyctl', 'add_key', 'request_key'),
    outlives: true,
  },
  {
    name: 'namespaces',
    gives: 'a new user namespace opens the parts of the kernel that are meant for root',
    calls: [...never('unshare', 'setns', 'clone3'), ...only(`clone(clone_flags & (${NAMESPACES}) == 0)`)],
  },
  {
    name: 'System V and POSIX IPC',
    gives: 'sessions of one uid share these objects, and objects outlive a session',
    calls: never(
      ...[
        'shmget',
        'shmat',
        'shmctl',
        'msgget',
        'msgsnd',
        'msgrcv',
        'msgctl',
        'semget',
        'semop',
        'semtimedop',
        'semctl',
      ],
      ...['mq_open', 'mq_unlink'],
    ),
    outlives: true,
  },
  {
    name: 'exec by descriptor',
    gives: 'execveat with an absolute path ignores its descriptor, so no rule limits what it starts',
    calls: never('execveat'),
  },
  {
    name: 'writable code',
    gives: 'an attacker can write code into memory and run it',
    calls: [
      ...only(
        'mmap(prot & PROT_EXEC == 0 || prot & PROT_WRITE == 0 && flags & MAP_SHARED == 0)',
        'mprotect(prot & PROT_EXEC == 0)',
        'pkey_mprotect(prot & PROT_EXEC == 0)',
        'personality(personality == 0xffffffff)',
        // An object may be attached twice, to be written and to be run: SHM_EXEC; include/uapi/linux/shm.h.
        'shmat(shmflg & 0x8000 == 0)',
      ),
      // It fills pages that the process itself may only execute.
      ...never('userfaultfd'),
    ],
  },
  {
    name: 'writable code in a file of memory',
    gives:
      'an attacker can write code into a file that has no path, and map it to run it; neither noexec nor Landlock nor a seal stops that',
    calls: never('memfd_create'),
    where: { text: 'a mapping may be executable', calls: MAPPING_CODE },
  },
  {
    name: 'programs in a file of memory',
    gives: 'an attacker can write a program into a file that has no path, and start it',
    // MFD_NOEXEC_SEAL; include/uapi/linux/memfd.h, since Linux 6.3, EINVAL before.
    calls: only('memfd_create(flags & 0x8 != 0)'),
    where: { text: 'programs may be started', calls: never('execve', 'execveat') },
  },
  {
    name: 'locks on files of the host',
    gives:
      'a session can lock every file that it may read, and keep root itself waiting for the lock; a lease holds up whoever opens the file',
    calls: [
      ...never('flock'),
      ...only('fcntl(cmd not in {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE})'),
    ],
    where: { text: 'files may be opened and the policy has no `root`', calls: OPENING, hostRoot: true },
  },
  {
    name: 'dangerous parts of the kernel',
    gives: 'these calls are behind many of the known ways to break out of a confined process',
    calls: never('bpf', 'perf_event_open', 'userfaultfd', 'open_by_handle_at'),
  },
  {
    name: 'the terminal',
    gives:
      'characters can be put into the input of the terminal that was handed over, its keys can be given other meanings, and it can be taken from its user',
    calls: only(TERMINAL),
  },
];

/** A boundary only of policies with `user: own`: a file keeps the rights of a number that nothing else has. */
export const SET_ID_MODES: Boundary = {
  name: 'set-ID modes',
  gives: 'a file keeps the rights of the number when the service is gone',
  calls: [
    ...only(
      ...['chmod', 'creat', 'fchmod', 'fchmodat', 'fchmodat2', 'mkdir', 'mkdirat', 'mknod', 'mknodat'].map(
        (call) => `${call}(mode & (S_ISUID|S_ISGID) == 0)`,
      ),
      // A file without a name is made by a descriptor that may write: openat(2).
      ...['open', 'openat'].map(
        (call) =>
          `${call}(mode & (S_ISUID|S_ISGID) == 0 || flags & O_CREAT == 0 && (flags & __O_TMPFILE == 0 || flags & O_ACCMODE == O_RDONLY))`,
      ),
    ),
    ...never('openat2'),
  ],
  outlives: true,
};
