import { SYSTEMD_GROUPS } from './generated/system-call-groups.ts';

const GROUPS: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(SYSTEMD_GROUPS));

/** systemd's groups of system calls. Members that start with `@` are groups; some exist on other architectures only. */
export const SYSTEMD_GROUP_NAMES: readonly string[] = [...GROUPS.keys()];

export function systemdGroup(name: string): readonly string[] | undefined {
  return GROUPS.get(name);
}
