import type { Architecture } from '../../kernel/architecture.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { precedence } from '../action-value.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import { findWitness } from '../witness.ts';
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
    } else {
      const stricter = overruling(rule, rules);
      if (stricter !== undefined)
        warn(
          'rule-overruled',
          `a group${lineOf(stricter)} answers ${actionText(stricter.action)} to every ${rule.call} that this rule allows`,
          'the most restrictive action counts: leave out this rule or that group',
        );
    }
  }
  return warnings;
}

/** Returns the first of the stricter rules that groups bring when they leave nothing of a rule. */
function overruling(rule: ExpandedRule, rules: readonly ExpandedRule[]): ExpandedRule | undefined {
  const stricter = rules.filter(
    ({ call, action, explicit }) =>
      !explicit && call === rule.call && precedence(action) < precedence(rule.action),
  );
  if (stricter.length === 0) return undefined;
  const conditions = [rule.condition, ...stricter.map(({ condition }) => condition)];
  const left = findWitness(
    conditions,
    (args) =>
      conditionHolds(rule.condition, args) &&
      !stricter.some(({ condition }) => conditionHolds(condition, args)),
  );
  return left === undefined ? stricter[0] : undefined;
}

function lineOf({ source }: ExpandedRule): string {
  return source === undefined ? '' : ` (line ${source.line})`;
}
