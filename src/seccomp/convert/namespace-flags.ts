/** The flag of each kind of namespace, by the word that systemd and firejail have for it. Source: namespaces(7). */
export const NAMESPACE_FLAGS: ReadonlyMap<string, string> = new Map([
  ['cgroup', 'CLONE_NEWCGROUP'],
  ['ipc', 'CLONE_NEWIPC'],
  ['net', 'CLONE_NEWNET'],
  ['mnt', 'CLONE_NEWNS'],
  ['pid', 'CLONE_NEWPID'],
  ['time', 'CLONE_NEWTIME'],
  ['user', 'CLONE_NEWUSER'],
  ['uts', 'CLONE_NEWUTS'],
]);
