import { OWN_GROUP_NAMES, ownGroup } from '../../seccomp/groups/own-groups.ts';
import type { RestOfPolicy } from '../../seccomp/groups/rest-of-policy.ts';

/** Where the groups of our own have a call, as `@stdio: write`: what somebody may add to a policy that lacks it. */
export function groupsWithCall(call: string, rest: RestOfPolicy | undefined): readonly string[] {
  const withConditions = `${call}(`;
  return OWN_GROUP_NAMES.flatMap((group) =>
    (ownGroup(group, rest) ?? [])
      .filter((rule) => rule === call || rule.startsWith(withConditions))
      .map((rule) => `${group}: ${rule}`),
  );
}
