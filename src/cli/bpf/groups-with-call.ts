import { OWN_GROUP_NAMES, ownGroup } from '../../seccomp/groups/own-groups.ts';

/** Where the groups of our own have a call, as `@stdio: write`: what somebody may add to a policy that lacks it. */
export function groupsWithCall(call: string): readonly string[] {
  const withConditions = `${call}(`;
  return OWN_GROUP_NAMES.flatMap((group) =>
    (ownGroup(group) ?? [])
      .filter((rule) => rule === call || rule.startsWith(withConditions))
      .map((rule) => `${group}: ${rule}`),
  );
}
