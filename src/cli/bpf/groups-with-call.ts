import { OWN_GROUP_NAMES, ownGroup } from '../../seccomp/groups/own-groups.ts';

/**
 * Returns the entries of our own groups that have the call, such as `@stdio: write`. A policy that lacks the call can
 * add one.
 */
export function groupsWithCall(call: string): readonly string[] {
  const withConditions = `${call}(`;
  return OWN_GROUP_NAMES.flatMap((group) =>
    (ownGroup(group) ?? [])
      .filter((rule) => rule === call || rule.startsWith(withConditions))
      .map((rule) => `${group}: ${rule}`),
  );
}
