import { releaseText } from '../kernel/kernel-release.ts';
import { releaseOfCall } from '../kernel/system-call-age.ts';

/** The fixes for steps that fail for a reason outside the policy. Keys: call and errno. */
const HELP: Readonly<Record<string, string>> = {
  'bind EADDRINUSE': 'another program listens there: `ss -anp` names it',
  'bind EADDRNOTAVAIL': 'no interface of this host has that address: `ip address` lists them',
  'bind EACCES': 'ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE',
  'connect answered 0': 'another program serves that socket: `ss -xlp` names it',
  'connect EAGAIN': 'another program serves that socket: `ss -xlp` names it',
  'connect EPROTOTYPE': 'another program serves that socket: `ss -xlp` names it',
  'connect EACCES': 'the socket belongs to another user: remove it, if nobody serves it',
  'recvfrom answered 20':
    'this kernel does not tell of TCP connections (CONFIG_INET_TCP_DIAG, or the module tcp_diag): leave `first-byte` and `idle` out of `limits`',
  'flock EAGAIN': 'another start of the same socket is under way',
  'openat ELOOP': 'a symbolic link stands in the place of the lock of a socket: remove it',
  'openat EISDIR': 'a directory stands in the place of the lock of a socket: remove it',
  'openat EACCES': 'if that is the lock of a socket, it belongs to another user: remove it',
  'statx answered 0':
    "the directory of a socket must be its owner's alone, and in the place of the socket may only stand another one",
  'socket EAFNOSUPPORT': 'this kernel has no IPv6: listen on tcp4://',
  'unshare EPERM':
    'this host forbids the namespaces: run as root, or see user.max_user_namespaces and AppArmor',
  'unshare ENOSPC': 'the limit of namespaces is reached: see `sysctl user`',
  'mount EPERM': 'this host (a container?) forbids mounting /proc: give the service a `root`',
  'mount EINVAL': 'portcullis was started in a chroot that is no mount: the host would see its mounts',
  'openat2 ELOOP': 'a symbolic link was put there after the policy was checked',
  'openat2 ENOENT': 'the directory was there when the policy was checked; it is gone',
  'open_tree EPERM':
    'this host (a container?) forbids mounts: leave `writable` and `write-and-run` out of the policy',
  'mount_setattr ENOSYS': `a directory to write to needs Linux ${releaseText(releaseOfCall('mount_setattr'))} or newer`,
  'chroot ENOENT': 'the root was there when the policy was checked; it is gone',
  'openat ENOENT': 'the path was there when the policy was checked; it is gone',
  // The one mmap that may not succeed.
  'mmap answered 0': 'everybody may map page 0 here: sysctl vm.mmap_min_addr=65536',
  'seccomp EBUSY':
    'a program outside watches this one with seccomp notifications: start portcullis without it, or as root write `seccomp: { report: none }`',
  'seccomp EINVAL': 'this kernel does not know a part of the filter: is CONFIG_SECCOMP_FILTER on?',
  'landlock_create_ruleset ENOSYS': 'this kernel has no Landlock: write `landlock: best-effort`',
  'landlock_create_ruleset EOPNOTSUPP': 'Landlock is off: add it to lsm= on the kernel command line',
  'exec ENOENT': 'the program or its interpreter was there when the policy was checked; it is gone',
  'exec EACCES': 'the service may not execute the program',
  'exec ENOMEM': 'rlimits.as is too small to load the program',
  'exec ENOEXEC': 'the program is for another machine, or a script without an interpreter line',
  'exec EAGAIN':
    'rlimits.nproc counts every process of the user on this host: raise it, or give the service its own user',
  'prlimit64 EPERM': 'the limit is above the hard limit of the caller',
  // Raw getpriority answers 20 minus the niceness, which is 0 in most processes.
  'getpriority answered 20':
    'a process has the number of user: own (ps -u NUMBER): if it is this service, it runs already',
  'setsid EPERM': 'the gate must not lead a process group: start it as portcullis does',
};

/** Returns the fix for a failed step; `undefined` where the errno is all that is known. */
export function failureHelp(call: string, errno: string): string | undefined {
  return HELP[`${call} ${errno}`];
}
