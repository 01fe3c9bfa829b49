import type { Contract } from '../contract.ts';

/** It is named with the directories, and is none. */
export const NULL_DEVICE = '/dev/null';

export interface WrittenDirectory {
  readonly path: string;
  /** True when its mount may have programs: only where `write-and-run` names it and `writable` does not. */
  readonly mayRun: boolean;
}

/**
 * The directories that the policy lets the service write to, in the order of their mounts: what may hold programs comes
 * first. Derived once more beside the compiler's own list.
 */
export function writtenDirectories({
  policy: { writable, writeAndRun },
  linkTargets,
}: Pick<Contract, 'policy' | 'linkTargets'>): readonly WrittenDirectory[] {
  return [...writeAndRun, ...writable]
    .filter((name) => name !== NULL_DEVICE)
    .map((name) => ({
      path: linkTargets.get(name) ?? name,
      mayRun: writeAndRun.includes(name) && !writable.includes(name),
    }));
}
