import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import type { Filter } from '../filter.ts';
import { hasOwnPids, hasScopedSignals, type RestOfPolicy } from './rest-of-policy.ts';
import { scopedSignalsOf } from './signal-groups.ts';

/**
 * Notes that the groups of a policy lack the signals that a runtime sends to its own threads, since Landlock is not
 * sure to keep them within a session. Names the rules that would allow them, and what these open.
 *
 * @param named the groups that the policy allows, each with its first place
 */
export function noteLeftOutSignals(
  { rules }: Filter,
  named: ReadonlyMap<string, Span | undefined>,
  rest: RestOfPolicy,
): readonly Diagnostic[] {
  if (!hasOwnPids(rest) || hasScopedSignals(rest)) return [];
  // `kill(pid == 0)` is no answer to a runtime that names itself.
  const answered = new Set(
    rules.filter(({ condition }) => condition.kind === 'true').map(({ call }) => call),
  );
  const lacking = [...named].flatMap(([group, span]) => {
    const calls = scopedSignalsOf(group).filter((call) => !answered.has(call));
    return calls.length === 0 ? [] : [{ group, span, calls }];
  });
  const [first] = lacking;
  if (first === undefined) return [];
  const line = rest.spans?.get('landlock')?.line;
  const reason = `${line === undefined ? '' : `line ${line} has `}\`landlock: ${rest.landlock ?? 'best-effort'}\``;
  const groups = lacking.map(({ group }) => group).join(', ');
  const calls = [...new Set(lacking.flatMap((entry) => entry.calls))].sort();
  return [
    {
      code: 'signals-left-out',
      severity: 'note',
      message: `${groups}: without ${calls.join(', ')}, since ${reason}; the filter denies them to a program that aborts, or signals its own threads as Go does`,
      span: first.span,
      help: `write \`landlock: required\`, for Linux 6.12; or add the rule ${calls.includes('tgkill') ? 'tgkill' : calls[0]}, which opens signals to other processes: a session can signal the gate and other sessions, which run under the same uid`,
    },
  ];
}
