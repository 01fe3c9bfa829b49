/** `@identity`: reading the identity, the place and the state of the own process. libcap asks for its state when it is loaded. */
export const IDENTITY_GROUP: readonly string[] = [
  'get_mempolicy',
  'getcpu',
  'getegid',
  'geteuid',
  'getgid',
  'getgroups',
  'getpgid(pid == 0)',
  'getpgrp',
  'getpid',
  'getppid',
  'getpriority(which == PRIO_PROCESS && who == 0)',
  'getresgid',
  'getresuid',
  'getrlimit',
  'getrusage',
  'getsid(pid == 0)',
  'gettid',
  'getuid',
  'ioctl(cmd in {TIOCGPGRP, TIOCGSID})',
  'personality(personality == 0xffffffff)',
  'prctl(option in {PR_GET_DUMPABLE, PR_GET_KEEPCAPS, PR_GET_NAME, PR_GET_NO_NEW_PRIVS, PR_GET_PDEATHSIG})',
  'prctl(option in {PR_CAPBSET_READ, PR_GET_SECCOMP, PR_GET_SECUREBITS, PR_GET_THP_DISABLE, PR_GET_TIMERSLACK})',
  'prctl(option == PR_CAP_AMBIENT, arg2 == PR_CAP_AMBIENT_IS_SET)',
  'prlimit64(pid == 0 && new_rlim == NULL)',
  'sched_getaffinity(pid == 0)',
  'sysinfo',
  'uname',
];

/**
 * `@self`: settings of the own process that take something from it, or matter to nobody else. Of its limits that for core files
 * stays: with 0 the kernel starts the program in core_pattern, as root of the host. `rlimits.memlock` says how much memory is locked.
 */
export const SELF_GROUP: readonly string[] = [
  'mlock',
  'mlock2',
  'mlockall',
  'munlock',
  'munlockall',
  'prctl(option == PR_SET_DUMPABLE, arg2 == 0)',
  'prctl(option in {PR_SET_NAME, PR_SET_NO_NEW_PRIVS, PR_SET_THP_DISABLE, PR_SET_TIMERSLACK})',
  // A name for memory, which stands in maps.
  'prctl(option == PR_SET_VMA, arg2 == PR_SET_VMA_ANON_NAME)',
  'prlimit64(pid == 0 && (new_rlim == NULL || resource != RLIMIT_CORE))',
  'prlimit64(pid == 0 && new_rlim != NULL && resource == RLIMIT_CORE) -> errno(EPERM)',
  'set_mempolicy',
  'setpriority(which == PRIO_PROCESS && who == 0)',
  'setrlimit(resource != RLIMIT_CORE)',
  'setrlimit(resource == RLIMIT_CORE) -> errno(EPERM)',
  'umask',
];

/** `@change-user`: becoming another user, which the capabilities of the policy decide, and giving capabilities up. */
export const CHANGE_USER_GROUP: readonly string[] = [
  'capget',
  'capset',
  'chroot',
  'prctl(option in {PR_CAPBSET_DROP, PR_SET_KEEPCAPS})',
  'prctl(option == PR_CAP_AMBIENT, arg2 in {PR_CAP_AMBIENT_CLEAR_ALL, PR_CAP_AMBIENT_IS_SET, PR_CAP_AMBIENT_LOWER})',
  'setfsgid',
  'setfsuid',
  'setgid',
  'setgroups',
  'setregid',
  'setresgid',
  'setresuid',
  'setreuid',
  'setuid',
];
