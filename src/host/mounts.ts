/** A mount as /proc/PID/mountinfo has it. */
export interface Mount {
  readonly point: string;
  readonly type: string;
  /** Of the mount and of its filesystem: `nosuid`, `hidepid=2`. */
  readonly options: readonly string[];
}

/** The mount that a path without links lies on: the deepest one, and of those on one place the last. Format: proc_pid_mountinfo(5). */
export function mountOf(path: string, mountinfo: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mountinfo.split('\n')) {
    const [mount = '', filesystem = ''] = line.split(' - ');
    const [, , , , escaped = '', options = ''] = mount.split(' ');
    const [type = '', , superOptions = ''] = filesystem.split(' ');
    const point = escaped.replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    const holds = point !== '' && (path === point || path.startsWith(point === '/' ? '/' : `${point}/`));
    if (!holds || point.length < (found?.point.length ?? 0)) continue;
    found = { point, type, options: [...options.split(','), ...superOptions.split(',')] };
  }
  return found;
}
