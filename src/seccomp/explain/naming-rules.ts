import type { Span } from '../../policy/diagnostic.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import type { Filter, Rule } from '../filter.ts';
import { actionText } from '../language/action-text.ts';
import { failedText } from './failed-condition.ts';

/** A line of a policy that has a call, itself or through a group. */
export interface NamingRule {
  /** Absent for a default of the policy. */
  readonly source: Span | undefined;
  /** The line as it is written. */
  readonly rule: string;
  /** Why the call does not get through by it, as a sentence of which the line is the subject. */
  readonly failed: string;
  /** The line denies the call, and no other line changes that. */
  readonly denies: boolean;
}

/** The lines that have a call, in their order. `args`: its registers; absent when they are not known. */
export function namingRules(
  filter: Filter,
  call: string,
  args: readonly bigint[] | undefined,
): readonly NamingRule[] {
  const lines = new Map<string, Rule[]>();
  for (const rule of filter.rules) {
    if (rule.call !== call || rule.written === undefined) continue;
    const key = `${rule.source?.file}:${rule.source?.line}:${rule.source?.column} ${rule.written}`;
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [rule]);
    else line.push(rule);
  }
  return [...lines.values()].flatMap((rules) => describe(rules, filter, args) ?? []);
}

function describe(
  rules: readonly Rule[],
  { architecture }: Filter,
  args: readonly bigint[] | undefined,
): NamingRule | undefined {
  const [first] = rules;
  if (first?.written === undefined) return undefined;
  const { source, written, call } = first;
  const isGroup = written.startsWith('@');
  const said = (failed: string, denies = false): NamingRule => ({ source, rule: written, failed, denies });
  if (args === undefined) {
    const bare = rules.some(({ condition, action }) => condition.kind === 'true' && action.kind === 'allow');
    const under = `has ${call} under a condition`;
    return said(bare ? `has ${call}` : isGroup ? under : 'has a condition');
  }
  const matching = rules.filter(({ condition }) => conditionHolds(condition, args));
  const denial = matching.find(({ action }) => action.kind !== 'allow' && action.kind !== 'log');
  if (denial !== undefined) return said(`answers ${actionText(denial.action)}`, true);
  if (matching.length > 0) return said(`has ${call}`);
  const allowing = rules.filter(({ action }) => action.kind === 'allow' || action.kind === 'log');
  if (allowing.length === 0) return said('is about other arguments');
  const conditions = allowing.map(({ condition }) => condition);
  const text = failedText({ call, conditions, args, architecture });
  return said(isGroup ? `has ${call} ${text}` : `is ${text}`);
}
