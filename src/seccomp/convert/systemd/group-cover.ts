import type { Architecture } from '../../../kernel/architecture.ts';
import { SYSTEMD_GROUP_NAMES } from '../../../kernel/system-call-groups.ts';
import { syscallNumber } from '../../../kernel/system-calls.ts';
import { groupCalls } from './systemd-calls.ts';

/** A group that stands for fewer calls than this is longer to read than they are. */
const FEWEST_CALLS = 2;

/**
 * Names for exactly these calls: systemd's groups whose members are all among them, the one that stands for most first,
 * then what is left call by call.
 *
 * @param single calls that a group never brings, and that are named by themselves
 */
export function coverWithGroups(
  calls: readonly string[],
  single: ReadonlySet<string>,
  architecture: Architecture,
): readonly string[] {
  const wanted = new Set(calls);
  const left = new Set(calls);
  const groups: string[] = [];
  let candidates = groupMembers(single, architecture).filter(({ members }) =>
    members.every((call) => wanted.has(call)),
  );
  while (candidates.length > 0) {
    const counted = candidates
      .map((group) => ({ ...group, count: group.members.filter((call) => left.has(call)).length }))
      .filter(({ count }) => count >= FEWEST_CALLS)
      .sort((a, b) => b.count - a.count);
    const [best, ...others] = counted;
    if (best === undefined) break;
    groups.push(best.name);
    for (const call of best.members) left.delete(call);
    candidates = others;
  }
  return [...groups, ...[...left].sort()];
}

function groupMembers(
  single: ReadonlySet<string>,
  architecture: Architecture,
): readonly { readonly name: string; readonly members: readonly string[] }[] {
  return SYSTEMD_GROUP_NAMES.map((name) => {
    const all = groupCalls(name, 'allow') ?? [];
    const members = new Set(
      all.filter((call) => !single.has(call) && syscallNumber(call, architecture) !== undefined),
    );
    return { name, members: [...members] };
  });
}
