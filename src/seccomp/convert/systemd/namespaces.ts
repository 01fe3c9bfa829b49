/** The kinds of namespaces that a unit can restrict, and their flags. Source: src/shared/nsflags.c of systemd. */
export const NAMESPACES: ReadonlyMap<string, string> = new Map([
  ['cgroup', 'CLONE_NEWCGROUP'],
  ['ipc', 'CLONE_NEWIPC'],
  ['net', 'CLONE_NEWNET'],
  ['mnt', 'CLONE_NEWNS'],
  ['pid', 'CLONE_NEWPID'],
  ['user', 'CLONE_NEWUSER'],
  ['uts', 'CLONE_NEWUTS'],
]);
