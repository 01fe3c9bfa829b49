import type { CapabilityName } from '../../kernel/capabilities.ts';
import type { CallEffect } from './call-effect.ts';

/**
 * The kernel's own rules, apart from what the steps state of their needs: a step that states another capability is
 * refused here as it would be there. Each with the function of the kernel that asks, Linux 6.18.
 */
const DEMANDED: Readonly<Record<string, CapabilityName>> = {
  // audit_multicast_bind() in kernel/audit.c, for the group of readers.
  'bind audit is heard': 'CAP_AUDIT_READ',
  // __inet_bind() in net/ipv4/af_inet.c, for a port below ip_unprivileged_port_start.
  bind: 'CAP_NET_BIND_SERVICE',
  // unix_find_bsd() in net/unix/af_unix.c asks inode_permission() of a socket that belongs to another user.
  connect: 'CAP_DAC_OVERRIDE',
  // chown_ok() and chgrp_ok() in fs/attr.c.
  fchownat: 'CAP_CHOWN',
  // sk_attach_filter() in net/core/filter.c, for SO_ATTACH_FILTER on kernels that let ordinary users filter nothing.
  setsockopt: 'CAP_NET_ADMIN',
  // can_nice() and user_check_sched_setscheduler() in kernel/sched/syscalls.c, to raise.
  setpriority: 'CAP_SYS_NICE',
  sched_setscheduler: 'CAP_SYS_NICE',
  // unshare_nsproxy_namespaces() in kernel/nsproxy.c; a user namespace takes none.
  unshare: 'CAP_SYS_ADMIN',
  // dev_ioctl() in net/core/dev_ioctl.c, for SIOCSIFFLAGS.
  ioctl: 'CAP_NET_ADMIN',
  // may_mount() in fs/namespace.c.
  mount: 'CAP_SYS_ADMIN',
  open_tree: 'CAP_SYS_ADMIN',
  mount_setattr: 'CAP_SYS_ADMIN',
  move_mount: 'CAP_SYS_ADMIN',
  // chroot in fs/open.c.
  chroot: 'CAP_SYS_CHROOT',
  // cap_mmap_addr() in security/commoncap.c, below vm.mmap_min_addr.
  mmap: 'CAP_SYS_RAWIO',
  // may_setgroups() in kernel/groups.c.
  setgroups: 'CAP_SETGID',
  // __sys_setresgid() and __sys_setresuid() in kernel/sys.c, for a number that the process has not.
  setresgid: 'CAP_SETGID',
  setresuid: 'CAP_SETUID',
};

/** The capability without which the kernel refuses a call in the form that a step gives it. */
export function demandedCapability({ call, deed }: Pick<CallEffect, 'call' | 'deed'>): CapabilityName {
  const demanded = DEMANDED[`${call} ${deed}`] ?? DEMANDED[call];
  if (demanded === undefined) throw new Error(`no capability is known that the kernel demands for ${call}`);
  return demanded;
}
