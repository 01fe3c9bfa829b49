import type { Architecture } from '../../kernel/architecture.ts';
import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Condition } from '../condition.ts';
import type { Rule } from '../filter.ts';
import { expandRules } from '../language/expand-rules.ts';
import { parseRule } from '../language/parse-rule.ts';
import { resolveCondition } from '../language/resolve-condition.ts';

const EXPANDED = new Map<string, readonly Rule[]>();

/** The rules of a group of our own. They are asked for again and again. */
export function groupRules(name: string, architecture: Architecture): readonly Rule[] {
  const key = `${architecture} ${name}`;
  const known = EXPANDED.get(key);
  if (known !== undefined) return known;
  const { rules } = expandRules(only(name), architecture);
  EXPANDED.set(key, rules);
  return rules;
}

/** The rules that one line brings to a policy, whose own groups it may name. */
export function lineRules(line: string, policy: SeccompPolicy, architecture: Architecture): readonly Rule[] {
  return expandRules({ ...policy, rules: [{ text: line, span: undefined }] }, architecture).rules;
}

function only(line: string): SeccompPolicy {
  return {
    default: { text: 'kill_process', span: undefined },
    kernel: undefined,
    rules: [{ text: line, span: undefined }],
    groups: new Map(),
    span: undefined,
  };
}

/** The condition of a rule of our own. */
export function ruleCondition(rule: string, architecture: Architecture): Condition {
  const parsed = parseRule(rule);
  if (!parsed.ok) throw new Error(`a rule of our own is wrong: ${rule}`);
  const { condition, target } = parsed.value;
  return condition === undefined ? { kind: 'true' } : resolveCondition(condition, target.name, architecture);
}
