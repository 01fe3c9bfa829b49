import { type KernelRelease, parseKernelRelease } from './kernel-release.ts';

/**
 * Calls younger than Linux 4.4, by the release that brought them on x86-64 and AArch64.
 * Source: syscalls(2) and the history of arch/x86/entry/syscalls/syscall_64.tbl; for the youngest, which syscalls(2)
 * does not have yet, the commits that added them: open_tree_attr (February 2025), file_getattr and file_setattr (July
 * 2025), listns (autumn 2025), rseq_slice_yield (merged in February 2026). Two are not the same everywhere:
 * map_shadow_stack came to AArch64 with 6.13, uprobe and uretprobe are x86-64's alone.
 */
const CALLS_BY_RELEASE: Readonly<Record<string, readonly string[]>> = {
  '4.5': ['copy_file_range'],
  '4.6': ['preadv2', 'pwritev2'],
  '4.9': ['pkey_mprotect', 'pkey_alloc', 'pkey_free'],
  '4.11': ['statx'],
  '4.18': ['io_pgetevents', 'rseq'],
  '5.1': ['pidfd_send_signal', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'],
  '5.2': ['open_tree', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick'],
  '5.3': ['pidfd_open', 'clone3'],
  '5.6': ['openat2', 'pidfd_getfd'],
  '5.8': ['faccessat2'],
  '5.9': ['close_range'],
  '5.10': ['process_madvise'],
  '5.11': ['epoll_pwait2'],
  '5.12': ['mount_setattr'],
  '5.13': ['landlock_create_ruleset', 'landlock_add_rule', 'landlock_restrict_self'],
  '5.14': ['quotactl_fd', 'memfd_secret'],
  '5.15': ['process_mrelease'],
  '5.16': ['futex_waitv'],
  '5.17': ['set_mempolicy_home_node'],
  '6.5': ['cachestat'],
  '6.6': ['fchmodat2', 'map_shadow_stack'],
  '6.7': ['futex_wake', 'futex_wait', 'futex_requeue'],
  '6.8': ['statmount', 'listmount', 'lsm_get_self_attr', 'lsm_set_self_attr', 'lsm_list_modules'],
  '6.10': ['mseal'],
  '6.11': ['uretprobe'],
  '6.13': ['setxattrat', 'getxattrat', 'listxattrat', 'removexattrat'],
  '6.15': ['open_tree_attr'],
  '6.17': ['file_getattr', 'file_setattr'],
  '6.18': ['uprobe'],
  '6.19': ['listns'],
  '7.0': ['rseq_slice_yield'],
};

const RELEASES: ReadonlyMap<string, KernelRelease> = new Map(
  Object.entries(CALLS_BY_RELEASE).flatMap(([text, calls]) => {
    const release = parseKernelRelease(text);
    return release === undefined ? [] : calls.map((call): [string, KernelRelease] => [call, release]);
  }),
);

/** The release that brought a call; `undefined` for one that every supported kernel has. */
export function syscallSince(name: string): KernelRelease | undefined {
  return RELEASES.get(name);
}

/** The same of a call that is younger than they are. */
export function releaseOfCall(call: string): KernelRelease {
  const release = syscallSince(call);
  if (release === undefined) throw new Error(`${call} has no release of its own`);
  return release;
}
