/**
 * The lists of calls that firejail knows by a name, as of 0.9.72. They are not systemd's of the same names. Source: firejail's
 * src/lib/syscall.c. Calls of other machines are left out; a name that starts with `@` is a list.
 */
const GROUPS: Readonly<Record<string, string>> = {
  '@aio':
    'io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit io_uring_enter io_uring_register io_uring_setup',
  '@basic-io':
    'close close_range dup dup2 dup3 lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readv write writev',
  '@chown': 'chown fchown fchownat lchown',
  '@clock': 'adjtimex clock_adjtime clock_settime settimeofday',
  '@cpu-emulation': 'modify_ldt',
  '@debug': 'lookup_dcookie perf_event_open pidfd_getfd process_vm_writev',
  '@default': `@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap open_by_handle_at name_to_handle_at
    ioprio_set syslog fanotify_init add_key request_key mbind migrate_pages move_pages keyctl io_setup io_destroy io_getevents
    io_submit io_cancel remap_file_pages set_mempolicy vmsplice userfaultfd acct bpf nfsservctl setdomainname sethostname vhangup`,
  '@default-nodebuggers': '@default ptrace personality process_vm_readv',
  '@default-keep': 'execveat execve prctl',
  '@file-system': `access chdir chmod close close_range creat faccessat faccessat2 fallocate fchdir fchmod fchmodat fcntl
    fgetxattr flistxattr fremovexattr fsetxattr fstat fstatfs ftruncate futimesat getcwd getdents getdents64 getxattr
    inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lgetxattr link linkat listxattr llistxattr lremovexattr
    lsetxattr lstat mkdir mkdirat mknod mknodat mmap munmap newfstatat open openat openat2 readlink readlinkat removexattr
    rename renameat renameat2 rmdir setxattr stat statfs statx symlink symlinkat truncate unlink unlinkat utime utimensat
    utimes`,
  '@io-event': `epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_wait epoll_wait_old eventfd eventfd2 poll
    ppoll pselect6 select`,
  '@ipc': `memfd_create mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd pipe
    pipe2 process_madvise process_vm_readv process_vm_writev semctl semget semop semtimedop shmat shmctl shmdt shmget`,
  '@keyring': 'add_key keyctl request_key',
  '@memlock': 'mlock mlock2 mlockall munlock munlockall',
  '@module': 'delete_module finit_module init_module',
  '@mount': 'chroot fsconfig fsmount fsopen fspick mount move_mount open_tree pivot_root umount2',
  '@network-io': `accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg
    sendmsg sendto setsockopt shutdown socket socketpair`,
  '@obsolete': `_sysctl afs_syscall create_module get_kernel_syms getpmsg putpmsg query_module security sysfs tuxcall uselib ustat
    vserver`,
  '@privileged': `@chown @clock @module @raw-io @reboot @swap _sysctl acct bpf capset chroot fanotify_init mount nfsservctl
    open_by_handle_at pivot_root quotactl setdomainname setfsuid setgroups sethostname setresuid setreuid setuid umount2
    vhangup`,
  '@process': `arch_prctl capget clone clone3 execveat fork getrusage kill pidfd_open pidfd_send_signal prctl rt_sigqueueinfo
    rt_tgsigqueueinfo setns tgkill times tkill unshare vfork wait4 waitid`,
  '@raw-io': 'ioperm iopl',
  '@reboot': 'kexec_load kexec_file_load reboot',
  '@resources':
    'ioprio_set mbind migrate_pages move_pages sched_setaffinity sched_setattr sched_setparam sched_setscheduler set_mempolicy',
  '@setuid': 'setgid setgroups setregid setresgid setresuid setreuid setuid',
  '@signal':
    'rt_sigaction rt_sigpending rt_sigprocmask rt_sigsuspend rt_sigtimedwait sigaltstack signalfd signalfd4',
  '@swap': 'swapon swapoff',
  '@sync': 'fdatasync fsync msync sync sync_file_range syncfs',
  '@system-service': `@aio @basic-io @chown @default @file-system @io-event @ipc @keyring @memlock @network-io @process
    @resources @setuid @signal @sync @timer brk capget capset copy_file_range fadvise64 flock get_mempolicy getcpu getpriority
    getrandom ioctl ioprio_get kcmp madvise mprotect mremap name_to_handle_at personality readahead remap_file_pages
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_rr_get_interval sched_yield sendfile setfsgid setfsuid setpgid setsid splice sysinfo tee umask uname userfaultfd
    vmsplice`,
  '@timer': `alarm getitimer setitimer timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
    timerfd_gettime timerfd_settime times`,
};

const MEMBERS: ReadonlyMap<string, string> = new Map(Object.entries(GROUPS));

export const FIREJAIL_GROUPS: readonly string[] = [...MEMBERS.keys()];

/** The calls of a list, without lists in it; `undefined` when there is none of this name. */
export function firejailGroup(name: string): readonly string[] | undefined {
  return MEMBERS.get(name)
    ?.trim()
    .split(/\s+/)
    .flatMap((member) => (member.startsWith('@') ? (firejailGroup(member) ?? []) : [member]));
}
