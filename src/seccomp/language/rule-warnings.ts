import type { Architecture } from '../../kernel/architecture.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { actionText } from './action-text.ts';
import { conditionText } from './condition-text.ts';
import type { ExpandedRule } from './expand-rules.ts';

/** Rules that are lawful but add nothing: mostly the sign of a misunderstanding. Rules from built-in groups may overlap. */
export function ruleWarnings(
  rules: readonly ExpandedRule[],
  architecture: Architecture,
): readonly Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const written = new Map<string, ExpandedRule>();
  const unconditional = new Set(
    rules
      .filter((rule) => rule.condition.kind === 'true')
      .map((rule) => `${rule.call} ${actionText(rule.action)}`),
  );
  for (const rule of rules) {
    if (!rule.explicit) continue;
    const warn = (code: string, message: string, help: string): void => {
      warnings.push({ code, severity: 'warning', message, span: rule.source, help });
    };
    const answer = `${rule.call} ${actionText(rule.action)}`;
    const key = `${answer} ${conditionText(rule.condition, rule.call, architecture)}`;
    const earlier = written.get(key);
    if (earlier === undefined) written.set(key, rule);
    if (rule.condition.kind === 'false') {
      warn(
        'rule-never-matches',
        `no call of ${rule.call} can meet this condition`,
        'check the constants and the masks',
      );
    } else if (earlier !== undefined && earlier.source !== rule.source) {
      warn('rule-duplicate', `the same rule for ${rule.call} stands above`, 'one of them is enough');
    } else if (rule.condition.kind !== 'true' && unconditional.has(answer)) {
      warn(
        'rule-redundant',
        `another rule answers ${actionText(rule.action)} to every ${rule.call}, so this condition limits nothing`,
        'rules of one call are or-bound: leave out the one without a condition, or the group that brings it',
      );
    }
  }
  return warnings;
}
