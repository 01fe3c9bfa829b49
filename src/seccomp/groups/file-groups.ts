/** `@read-files`: looking at files and directories. */
export const READ_FILES_GROUP: readonly string[] = [
  'access',
  'chdir',
  'faccessat',
  'faccessat2',
  'fchdir',
  'fcntl(cmd in {F_GETLK, F_OFD_GETLK})',
  'fgetxattr',
  'flistxattr',
  'fstat',
  'fstatfs',
  'getcwd',
  'getdents',
  'getdents64',
  'getxattr',
  'ioctl(cmd == FS_IOC_GETFLAGS)',
  'lgetxattr',
  'listxattr',
  'llistxattr',
  'lseek',
  'lstat',
  'newfstatat',
  'open(flags & (O_ACCMODE|O_CREAT|O_TRUNC) == O_RDONLY)',
  'openat(flags & (O_ACCMODE|O_CREAT|O_TRUNC) == O_RDONLY)',
  'readahead',
  'readlink',
  'readlinkat',
  'stat',
  'statfs',
  'statx',
];

/**
 * `@locks`: locking files. A program that may read a file may lock it, and keep its owner waiting: without a `root` that is a boundary.
 */
export const LOCKS_GROUP: readonly string[] = [
  'fcntl(cmd in {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW})',
  'flock',
];

/** `@open-files`: opening what exists, also for writing: with Landlock /dev/null, and what is below `writable`. Daemons open /dev/null so. */
export const OPEN_FILES_GROUP: readonly string[] = [
  'open(flags & (O_CREAT|O_TRUNC|__O_TMPFILE) == 0)',
  'openat(flags & (O_CREAT|O_TRUNC|__O_TMPFILE) == 0)',
];

/**
 * `@write-files`: making, changing and removing files; modes without set-user-ID and set-group-ID, no device nodes, no
 * other owner. Without CAP_LINUX_IMMUTABLE no flag keeps a file from being removed.
 */
export const WRITE_FILES_GROUP: readonly string[] = [
  'chmod(mode & (S_ISUID|S_ISGID) == 0)',
  'creat(mode & (S_ISUID|S_ISGID) == 0)',
  'fallocate',
  'fchmod(mode & (S_ISUID|S_ISGID) == 0)',
  'fchmodat(mode & (S_ISUID|S_ISGID) == 0)',
  'fchmodat2(mode & (S_ISUID|S_ISGID) == 0)',
  'fchown(user == 0xffffffff, group == 0xffffffff)',
  'fdatasync',
  'fsync',
  'ftruncate',
  'futimesat',
  'ioctl(cmd in {FS_IOC_GETFLAGS, FS_IOC_SETFLAGS})',
  'link',
  'linkat',
  'mkdir(mode & (S_ISUID|S_ISGID) == 0)',
  'mkdirat(mode & (S_ISUID|S_ISGID) == 0)',
  'open(mode & (S_ISUID|S_ISGID) == 0 || flags & (O_CREAT|__O_TMPFILE) == 0)',
  'openat(mode & (S_ISUID|S_ISGID) == 0 || flags & (O_CREAT|__O_TMPFILE) == 0)',
  'rename',
  'renameat',
  'renameat2',
  'rmdir',
  'symlink',
  'symlinkat',
  'sync_file_range',
  'truncate',
  'umask',
  'unlink',
  'unlinkat',
  'utime',
  'utimensat',
  'utimes',
];
