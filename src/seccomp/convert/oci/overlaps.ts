import { actionText } from '../../language/action-text.ts';
import { simplifyConjunction } from '../conjunction.ts';
import type { ForeignRule } from '../narrow-rules.ts';
import type { Problems } from '../problems.ts';

/**
 * Reports two entries with different answers that can match the same call. libseccomp then lets an entry without tests replace
 * those with tests, regardless of the answers. Runtimes also drop entries that answer as the default does. Here the more
 * restrictive answer counts.
 */
export function reportOverlaps(rules: readonly ForeignRule[], problems: Problems): void {
  const byCall = new Map<string, ForeignRule[]>();
  for (const rule of rules) {
    const others = byCall.get(rule.call) ?? [];
    byCall.set(rule.call, [...others, rule]);
    const answer = actionText(rule.action);
    const other = others.find(
      ({ action, tests }) =>
        actionText(action) !== answer && simplifyConjunction([...tests, ...rule.tests]) !== undefined,
    );
    if (other === undefined) continue;
    problems.loss(
      'oci-overlap',
      `${rule.call}: this entry answers ${answer}, and one above answers ${actionText(other.action)} to some of the same calls; the more restrictive answer counts here`,
      rule.span,
      'runtimes do not agree what such entries mean together: write tests that exclude each other',
    );
  }
}
