import type { Architecture } from '../../../kernel/architecture.ts';
import { SYSTEMD_GROUP_NAMES } from '../../../kernel/system-call-groups.ts';
import { syscallNumber } from '../../../kernel/system-calls.ts';
import { UNJUDGED } from '../../language/resolve-filter.ts';
import { groupCalls } from './systemd-calls.ts';

/** A group that stands for fewer calls than this is longer to read than they are. */
const FEWEST_CALLS = 2;

/**
 * Returns names for these calls. First come systemd's groups whose members are all among them, the largest first, then the
 * remaining calls one by one.
 *
 * @param harmless calls that a group may bring beside them
 */
export function coverWithGroups(
  calls: readonly string[],
  harmless: readonly string[],
  architecture: Architecture,
): readonly string[] {
  const fitting = new Set([...calls, ...harmless]);
  const left = new Set(calls);
  const groups: string[] = [];
  let candidates = groupMembers(architecture).filter(({ members }) =>
    members.every((call) => fitting.has(call)),
  );
  while (candidates.length > 0) {
    const [best, ...others] = candidates
      .map((group) => ({ ...group, count: group.members.filter((call) => left.has(call)).length }))
      .filter(({ count }) => count >= FEWEST_CALLS)
      .sort((a, b) => b.count - a.count);
    if (best === undefined) break;
    groups.push(best.name);
    for (const call of best.members) left.delete(call);
    candidates = others;
  }
  return [...groups, ...[...left].sort()];
}

/** Returns the calls of each group in a policy: those that the architecture has and that a group may bring. */
function groupMembers(
  architecture: Architecture,
): readonly { readonly name: string; readonly members: readonly string[] }[] {
  return SYSTEMD_GROUP_NAMES.map((name) => {
    const calls = new Set(groupCalls(name, 'allow') ?? []);
    const brought = (call: string): boolean =>
      !UNJUDGED.includes(call) && syscallNumber(call, architecture) !== undefined;
    return { name, members: [...calls].filter(brought) };
  });
}
