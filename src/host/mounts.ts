/** A mount as /proc/PID/mountinfo has it. */
export interface Mount {
  readonly point: string;
  readonly type: string;
  /** Of the mount and of its filesystem: `nosuid`, `hidepid=2`. */
  readonly options: readonly string[];
  /** Number of the filesystem, `8:1`, and the directory of it that is mounted. */
  readonly device: string;
  readonly root: string;
}

/** All mounts in their order, of which a later one covers an earlier. Format: proc_pid_mountinfo(5). */
export function readMounts(mountinfo: string): readonly Mount[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [mount = '', filesystem = ''] = line.split(' - ');
      const [, , device = '', root = '', point = '', options = ''] = mount.split(' ');
      const [type = '', , superOptions = ''] = filesystem.split(' ');
      return {
        point: unescaped(point),
        type,
        options: [...options.split(','), ...superOptions.split(',')],
        device,
        root: unescaped(root),
      };
    })
    .filter(({ point }) => point !== '');
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}

/** The mount that a path without links lies on: the deepest one, and of those on one place the last. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts
    .filter(({ point }) => isBelow(path, point))
    .reduce<Mount | undefined>(
      (found, mount) => (mount.point.length < (found?.point.length ?? 0) ? found : mount),
      undefined,
    );
}

/** Returns whether a path without links is the other or lies below it. */
export function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(top === '/' ? '/' : `${top}/`);
}

/**
 * The other places at which the files below a path appear too, as far as they can be executed there: each is of a mount
 * that shows the same directory of the same filesystem.
 */
export function executableElsewhere(path: string, mounts: readonly Mount[]): readonly string[] {
  const on = mountOf(path, mounts);
  if (on === undefined) return [];
  const below = mounts.filter(({ point }) => isBelow(point, path));
  const shown = [{ device: on.device, root: joined(on.root, path.slice(lengthOf(on.point))) }, ...below];
  const places = mounts.flatMap((mount) =>
    shown
      .filter(({ device }) => device === mount.device && !mount.options.includes('noexec'))
      .flatMap(({ root }) => {
        if (isBelow(root, mount.root)) return [joined(mount.point, root.slice(lengthOf(mount.root)))];
        return isBelow(mount.root, root) ? [mount.point] : [];
      })
      .filter((place) => !isBelow(place, path) && mountOf(place, mounts) === mount),
  );
  return [...new Set(places)];
}

function lengthOf(top: string): number {
  return top === '/' ? 0 : top.length;
}

function joined(top: string, rest: string): string {
  const path = `${top === '/' ? '' : top}${rest}`;
  return path === '' ? '/' : path;
}
