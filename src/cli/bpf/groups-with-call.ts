import { OWN_GROUP_NAMES, ownGroup } from '../../seccomp/groups/own-groups.ts';
import type { RestOfPolicy } from '../../seccomp/groups/rest-of-policy.ts';

/**
 * Returns the entries of our own groups that have the call, such as `@stdio: write`. A policy that lacks the call can
 * add one.
 */
export function groupsWithCall(call: string, rest: RestOfPolicy | undefined): readonly string[] {
  const withConditions = `${call}(`;
  return OWN_GROUP_NAMES.flatMap((group) =>
    (ownGroup(group, rest) ?? [])
      .filter((rule) => rule === call || rule.startsWith(withConditions))
      .map((rule) => `${group}: ${rule}`),
  );
}
