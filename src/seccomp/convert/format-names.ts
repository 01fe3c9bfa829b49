export type ImportFormat = 'oci' | 'systemd' | 'minijail' | 'kafel' | 'firejail' | 'seccompiler' | 'bpf';
export type ExportFormat = 'oci' | 'spo' | 'systemd' | 'minijail' | 'seccompiler' | 'bpf' | 'c-header';

/** The formats that `import` reads, in the order of documents, with one phrase each. Nothing heavy is imported here. */
export const IMPORT_FORMATS: Readonly<Record<ImportFormat, string>> = {
  oci: 'a profile of Docker or Podman, or the config.json of an OCI container, as JSON',
  systemd: 'a unit file of systemd, a drop-in or a list of directives',
  minijail: 'a policy of minijail0 -S or of compile_seccomp_policy',
  kafel: 'a program of Kafel, as nsjail --seccomp_policy takes it',
  firejail: 'a profile of firejail, or its options as on a command line',
  seccompiler: 'a filter of seccompiler, as Firecracker takes it, as JSON',
  bpf: 'a raw program of the kernel, as bytes: an array of struct sock_filter',
};

/** The formats that `export` writes, in the same order, with one phrase each. */
export const EXPORT_FORMATS: Readonly<Record<ExportFormat, string>> = {
  oci: 'a profile for Docker, Podman, runc or crun, as JSON',
  spo: 'a SeccompProfile of the Kubernetes security-profiles-operator, as YAML',
  systemd: 'directives for a unit file of systemd',
  minijail: 'a policy of minijail0 -S or of compile_seccomp_policy',
  seccompiler: 'a filter of seccompiler, as Firecracker takes it, as JSON',
  bpf: 'a raw program of the kernel, as bytes: for setpriv --seccomp-filter and bwrap --seccomp',
  'c-header': 'the same program as an array of struct sock_filter for C',
};
