import fc from 'fast-check';

/** Rules that directives say, nearly say, or cannot say. */
const RULES = [
  ...[
    'read',
    'write',
    'execve',
    'futex',
    '@basic-io',
    '@file-system',
    '@default',
    'ptrace -> errno(EIO)',
    'kill -> trap',
    'clone3',
    'openat2',
  ],
  ...[
    'getppid -> log',
    'write(fd == 1) -> log',
    'read(fd == 0) -> errno(EBADF)',
    'reboot -> kill_process',
    'close -> kill_thread',
    'syscall_600',
  ],
  ...[
    'socket',
    'socket(family == AF_UNIX)',
    'socket(family in {AF_INET, AF_INET6})',
    'socket(family == AF_INET, type & 0xf == SOCK_STREAM)',
  ],
  ...[
    'socket(family:64 not in {AF_NETLINK, AF_PACKET})',
    'socket(family != AF_NETLINK)',
    'socket(family:64 == AF_UNIX) -> errno(EACCES)',
  ],
  ...[
    'clone(clone_flags & (CLONE_NEWUSER|CLONE_NEWNS) == 0)',
    'clone(clone_flags & 0x7e020080 == 0)',
    'clone(clone_flags == SIGCHLD)',
  ],
  ...[
    'clone',
    'unshare(unshare_flags & CLONE_NEWUSER == 0)',
    'unshare(unshare_flags == 0)',
    'unshare',
    'setns(flags == CLONE_NEWNET)',
  ],
  ...['setns(flags:64 != 0 && flags & CLONE_NEWUSER == 0)', 'setns', 'setns -> errno(ENOENT)'],
  ...[
    'mmap(prot & PROT_WRITE == 0 || prot & PROT_EXEC == 0)',
    'mmap(prot & PROT_EXEC == 0)',
    'mmap',
    'mprotect(prot & PROT_EXEC == 0)',
  ],
  ...[
    'mprotect',
    'pkey_mprotect(prot & PROT_EXEC == 0)',
    'shmat(shmflg & 0x8000 == 0)',
    'shmat(shmflg == 0)',
  ],
  ...[
    'personality(personality == 0)',
    'personality(personality:64 == 0)',
    'personality(personality == 0xffffffff)',
  ],
  ...[
    'sched_setscheduler(policy in {SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE})',
    'sched_setscheduler(pid == 0)',
  ],
  ...[
    'fchmod(mode & (S_ISUID|S_ISGID) == 0)',
    'fchmod(mode & ~0777 == 0)',
    'fchmodat(mode & S_ISUID == 0)',
    'mknodat',
  ],
  ...[
    'openat(flags & O_CREAT == 0 || mode & (S_ISUID|S_ISGID) == 0)',
    'openat(flags & O_CREAT == 0)',
    'openat',
  ],
];

export const rules: fc.Arbitrary<readonly string[]> = fc.uniqueArray(fc.constantFrom(...RULES), {
  minLength: 1,
  maxLength: 14,
});

export const fallback: fc.Arbitrary<string> = fc.constantFrom(
  ...['kill_process', 'errno(EPERM)', 'errno(ENOSYS)', 'errno(0)', 'trap(3)', 'user_notif', 'allow', 'log'],
);
