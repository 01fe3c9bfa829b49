/**
 * `@node`: the calls that Node 20 to 26 makes for itself, without opening files. A program with timers, promises, streams,
 * compression, keys and Workers makes no other call. Measured with strace(1).
 */
export const NODE_GROUP: readonly string[] = [
  // The heap of V8, Buffers and the stacks of threads: reserved, used, given back.
  'brk',
  'madvise',
  'mmap(prot & PROT_EXEC == 0 || prot & PROT_WRITE == 0 && flags & MAP_SHARED == 0)',
  'mprotect(prot & PROT_EXEC == 0)',
  'mremap',
  'munmap',
  // V8 then protects its code without keys; with one it would call pkey_mprotect.
  'pkey_alloc -> errno(ENOSYS)',
  // Locks, and one thread waking another.
  'futex',
  'membarrier',
  'sched_yield',
  // Starting a Worker or a thread of the pool, which takes a name and looks at its stack and its processors.
  'clone(clone_flags & (CLONE_THREAD|CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP|CLONE_PTRACE|CLONE_PIDFD) == CLONE_THREAD)',
  'getcpu',
  'gettid',
  'prctl(option in {PR_SET_NAME, PR_GET_NAME})',
  'prlimit64(pid == 0 && new_rlim == NULL)',
  'rseq',
  'sched_getaffinity',
  'sched_getparam',
  'sched_getscheduler',
  'set_robust_list',
  // The event loop, and the descriptors by which it is woken; Workers make loops of their own.
  'epoll_create1',
  'epoll_ctl',
  'epoll_pwait',
  'epoll_wait',
  'eventfd2',
  'pipe2',
  'poll',
  'ppoll',
  // Standard input, output and other open files.
  'close',
  'dup',
  'fcntl(cmd in {F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL})',
  'fcntl(cmd == F_SETFL && arg & O_ASYNC == 0)',
  'fstat',
  'ioctl(cmd in {FIOCLEX, FIONCLEX, FIONBIO, FIONREAD, TCGETS, TIOCGWINSZ})',
  'lseek',
  'newfstatat',
  'pread64',
  'preadv',
  'pwrite64',
  'pwritev',
  'read',
  'readv',
  'statx',
  'write',
  'writev',
  // Standard streams are sockets where a Node program is the parent.
  'getsockname',
  'getsockopt',
  'shutdown',
  // Written data is flushed when the process ends: koffi waits for it.
  'fdatasync',
  'fsync',
  // Clocks and timers.
  'clock_getres',
  'clock_gettime',
  'clock_nanosleep',
  'gettimeofday',
  'nanosleep',
  // Signals: handlers are set and blocked around the start of threads.
  'restart_syscall',
  'rt_sigaction',
  'rt_sigprocmask',
  'rt_sigreturn',
  'sigaltstack',
  // Its identity (a Worker asks before it trusts its environment), and its use of resources.
  'capget',
  'getcwd',
  'getegid',
  'geteuid',
  'getgid',
  'getpid',
  'getppid',
  'getrusage',
  'getuid',
  'sysinfo',
  'uname',
  // Keys, and the seeds of hash tables.
  'getrandom',
  // The end of a thread, and of the process.
  'exit',
  'exit_group',
];

/** `@jit`: writable code, for a compiler at run time: V8 needs it for JavaScript unless it is started with --jitless. */
export const JIT_GROUP: readonly string[] = ['mmap', 'mprotect', 'pkey_mprotect'];
