import type { Architecture } from '../../kernel/architecture.ts';
import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Condition } from '../condition.ts';
import type { Rule } from '../filter.ts';
import { NO_POLICY, type RestOfPolicy } from '../groups/rest-of-policy.ts';
import { expandRules } from '../language/expand-rules.ts';
import { parseRule } from '../language/parse-rule.ts';
import { resolveCondition } from '../language/resolve-condition.ts';

const EXPANDED = new WeakMap<RestOfPolicy, Map<string, readonly Rule[]>>();

/** The rules of a group of our own within a policy. They are asked for again and again. */
export function groupRules(
  name: string,
  architecture: Architecture,
  rest: RestOfPolicy = NO_POLICY,
): readonly Rule[] {
  const known = EXPANDED.get(rest) ?? new Map<string, readonly Rule[]>();
  EXPANDED.set(rest, known);
  const key = `${architecture} ${name}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const { rules } = expandRules(only(name), architecture, rest);
  known.set(key, rules);
  return rules;
}

/** The rules that one line brings to a policy, whose own groups it may name. */
export function lineRules(
  line: string,
  policy: SeccompPolicy,
  architecture: Architecture,
  rest: RestOfPolicy,
): readonly Rule[] {
  return expandRules({ ...policy, rules: [{ text: line, span: undefined }] }, architecture, rest).rules;
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
