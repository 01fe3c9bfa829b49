/** The answers of a call that a recorder tells, and where its arguments point at what it is about. */
export interface WatchedCall {
  readonly errnos: readonly string[];
  /** Registers of paths. */
  readonly paths?: readonly number[];
  /** The register of a socket's address; its size is in the next. */
  readonly address?: number;
  /** The call answers the end of the heap instead of an error. */
  readonly isBrk?: boolean;
}

const FILE_ERRNOS = ['EACCES', 'EPERM', 'EROFS'];
const OPEN_ERRNOS = [...FILE_ERRNOS, 'EMFILE', 'EAGAIN', 'ENOMEM'];
const MOVE_ERRNOS = [...FILE_ERRNOS, 'EXDEV'];

function group(calls: string, watched: WatchedCall): readonly (readonly [string, WatchedCall])[] {
  return calls.split(' ').map((call) => [call, watched] as const);
}

/** The calls whose answers come from the confinement as often as not. Registers: the prototypes of the man pages. */
export const WATCHED_CALLS: ReadonlyMap<string, WatchedCall> = new Map([
  ...group('open creat', { errnos: OPEN_ERRNOS, paths: [0] }),
  ...group('openat openat2', { errnos: OPEN_ERRNOS, paths: [1] }),
  ...group('mkdir rmdir unlink mknod truncate chmod chown lchown chdir access utime utimes', {
    errnos: FILE_ERRNOS,
    paths: [0],
  }),
  ...group('mkdirat unlinkat mknodat fchmodat fchmodat2 fchownat faccessat faccessat2 utimensat futimesat', {
    errnos: FILE_ERRNOS,
    paths: [1],
  }),
  ...group('rename link', { errnos: MOVE_ERRNOS, paths: [0, 1] }),
  ...group('renameat renameat2 linkat', { errnos: MOVE_ERRNOS, paths: [1, 3] }),
  ...group('symlink', { errnos: FILE_ERRNOS, paths: [1] }),
  ...group('symlinkat', { errnos: FILE_ERRNOS, paths: [2] }),
  ...group('ftruncate fallocate write pwrite64 writev sendfile copy_file_range', { errnos: ['EFBIG'] }),
  ...group('fchmod fchown fchdir', { errnos: FILE_ERRNOS }),
  ...group('execve', { errnos: ['EACCES', 'EPERM', 'EAGAIN', 'ENOMEM'], paths: [0] }),
  ...group('execveat', { errnos: ['EACCES', 'EPERM', 'EAGAIN', 'ENOMEM'], paths: [1] }),
  ...group('connect', { errnos: ['EACCES', 'EPERM', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EAGAIN'], address: 1 }),
  ...group('bind', { errnos: ['EACCES', 'EPERM', 'EROFS', 'EADDRNOTAVAIL'], address: 1 }),
  ...group('sendto', { errnos: ['EACCES', 'EPERM', 'ENETUNREACH'], address: 4 }),
  ...group('socket socketpair', { errnos: ['EACCES', 'EPERM', 'EMFILE', 'ENOMEM'] }),
  ...group('accept accept4 dup dup2 dup3 pipe pipe2 epoll_create epoll_create1 eventfd eventfd2', {
    errnos: ['EMFILE'],
  }),
  ...group('timerfd_create signalfd signalfd4 inotify_init inotify_init1 memfd_create', {
    errnos: ['EMFILE'],
  }),
  ...group('setsockopt', { errnos: ['EPERM', 'EACCES'] }),
  ...group('setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid', {
    errnos: ['EPERM', 'EAGAIN'],
  }),
  ...group('chroot', { errnos: ['EPERM', 'EACCES'], paths: [0] }),
  ...group('ioctl', { errnos: ['EPERM', 'EACCES', 'EROFS', 'EAGAIN', 'ENOMEM'] }),
  ...group('clone clone3 fork vfork', { errnos: ['EAGAIN', 'EPERM', 'ENOMEM'] }),
  ...group('unshare setns', { errnos: ['EPERM'] }),
  ...group('mmap mremap mprotect', { errnos: ['ENOMEM', 'EAGAIN', 'EACCES', 'EPERM'] }),
  ...group('brk', { errnos: ['ENOMEM'], isBrk: true }),
  ...group('mlock mlock2 mlockall', { errnos: ['ENOMEM', 'EPERM', 'EAGAIN'] }),
  ...group('setpriority sched_setscheduler sched_setparam sched_setattr sched_setaffinity ioprio_set', {
    errnos: ['EPERM', 'EACCES'],
  }),
  ...group('prlimit64 setrlimit capset prctl', { errnos: ['EPERM'] }),
  ...group('kill tkill tgkill', { errnos: ['EPERM'] }),
  ...group('timer_create rt_sigqueueinfo', { errnos: ['EAGAIN'] }),
  ...group('mount umount2 pivot_root sethostname setdomainname reboot settimeofday clock_settime syslog', {
    errnos: ['EPERM', 'EACCES'],
  }),
]);
