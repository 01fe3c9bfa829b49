/** The kinds of namespaces that a unit can name, and their flags. Source: src/shared/nsflags.c of systemd. */
export const NAMESPACES: ReadonlyMap<string, string> = new Map([
  ['cgroup', 'CLONE_NEWCGROUP'],
  ['ipc', 'CLONE_NEWIPC'],
  ['net', 'CLONE_NEWNET'],
  ['mnt', 'CLONE_NEWNS'],
  ['pid', 'CLONE_NEWPID'],
  ['time', 'CLONE_NEWTIME'],
  ['user', 'CLONE_NEWUSER'],
  ['uts', 'CLONE_NEWUTS'],
]);

/** What systemd means by all of them: time is not among them, so a list without it refuses it. */
export const ALL_NAMESPACES: readonly string[] = [...NAMESPACES.keys()].filter((name) => name !== 'time');
