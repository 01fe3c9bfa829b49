/** A kernel release such as 6.1, as far as system calls depend on it. */
export interface KernelRelease {
  readonly major: number;
  readonly minor: number;
}

/** The oldest kernel with the seccomp features that Portcullis needs: all actions, and a query for them. */
export const OLDEST_KERNEL: KernelRelease = { major: 4, minor: 14 };

/** Reads `6.1`; `undefined` for anything else. */
export function parseKernelRelease(text: string): KernelRelease | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})$/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** The release of a running kernel as it names itself: 6.18.44-amd64; `undefined` when it names itself otherwise. */
export function releaseOfKernel(name: string): KernelRelease | undefined {
  return parseKernelRelease(/^\d+\.\d+/.exec(name)?.[0] ?? '');
}

/** A release as people write it: 6.1. */
export function releaseText({ major, minor }: KernelRelease): string {
  return `${major}.${minor}`;
}

/** Negative when `a` is older than `b`, 0 when they are equal. */
export function compareKernelReleases(a: KernelRelease, b: KernelRelease): number {
  return a.major - b.major || a.minor - b.minor;
}
