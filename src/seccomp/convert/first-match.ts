import type { Architecture } from '../../kernel/architecture.ts';
import type { Span } from '../../policy/diagnostic.ts';
import type { Action } from '../action.ts';
import { precedence } from '../action-value.ts';
import type { Condition } from '../condition.ts';
import { foldCondition } from '../fold-condition.ts';
import { actionText } from '../language/action-text.ts';
import { conditionText } from '../language/condition-text.ts';
import { parseRule } from '../language/parse-rule.ts';
import { type ForeignCondition, settleCondition, type Unsaid, unsaidParts } from './foreign-condition.ts';
import type { ImportedRule } from './imported.ts';
import type { Problems } from './problems.ts';

/** The answer of a tool when a condition holds and none before it did. */
export interface Case {
  readonly condition: ForeignCondition;
  readonly action: Action;
  readonly comment: string | undefined;
  readonly span: Span;
}

/** With more unknown parts than this the readings of a call are not worth their number. */
const MOST_UNSAID = 3;

/** Each case has to leave out the milder ones before it, so their sizes multiply. */
const MOST_CASES = 256;

interface RuleDraft {
  readonly condition: Condition;
  readonly action: Action;
  readonly comment: string | undefined;
}

/**
 * Writes the rules of one call of a tool where the first case that holds decides, and `fallback` where none does.
 *
 * Here the most restrictive of all rules that hold decides. A case therefore leaves out the calls that milder cases before it
 * have decided. A part without words here is taken both ways, and the more restrictive answer counts. The result is never wider
 * than its source.
 */
export function firstMatchRules(
  call: string,
  cases: readonly Case[],
  fallback: Action,
  architecture: Architecture,
  problems: Problems,
): readonly ImportedRule[] {
  if (cases.length > MOST_CASES) return tooLarge(call, cases, fallback, problems);
  const unsaid = new Map(cases.flatMap(({ condition }) => [...unsaidParts(condition, call, architecture)]));
  for (const part of new Set(unsaid.values())) reportUnsaid(part, call, problems);
  if (unsaid.size > MOST_UNSAID) return strictest(call, cases, fallback);
  const drafts = readings([...unsaid.keys()]).flatMap((taken) =>
    draftRules(cases, taken, fallback, unsaid.size === 0),
  );
  const rules = effective(drafts, fallback).flatMap((draft) => ruleLines(call, draft, architecture));
  if (rules.every(({ text }) => parseRule(text).ok)) return distinct(rules);
  return tooLarge(call, cases, fallback, problems);
}

function tooLarge(
  call: string,
  cases: readonly Case[],
  fallback: Action,
  problems: Problems,
): readonly ImportedRule[] {
  problems.loss(
    'condition-too-large',
    `the conditions of ${call} are too large for rules: the most restrictive of its answers counts always`,
    cases[0]?.span,
    'write fewer alternatives in the source, or ranges and masks',
  );
  return strictest(call, cases, fallback);
}

function reportUnsaid({ why, help, span }: Unsaid, call: string, problems: Problems): void {
  const message = `${why}; where ${call} depends on it, the more restrictive answer counts`;
  problems.loss('test-not-carried', message, span, help);
}

/** Every way to take the parts as met or not met. */
function readings(parts: readonly ForeignCondition[]): readonly ReadonlyMap<ForeignCondition, boolean>[] {
  return Array.from(
    { length: 1 << parts.length },
    (_, bits) => new Map(parts.map((part, index) => [part, (bits & (1 << index)) !== 0])),
  );
}

function draftRules(
  cases: readonly Case[],
  taken: ReadonlyMap<ForeignCondition, boolean>,
  fallback: Action,
  isOnlyReading: boolean,
): readonly RuleDraft[] {
  const drafts: RuleDraft[] = [];
  const decided: RuleDraft[] = [];
  const chain: readonly RuleDraft[] = [
    ...cases.map(({ condition, action, comment }) => ({
      condition: settleCondition(condition, taken),
      action,
      comment,
    })),
    { condition: { kind: 'true' }, action: fallback, comment: undefined },
  ];
  for (const entry of chain) {
    const milder = decided.filter(({ action }) => precedence(action) > precedence(entry.action));
    const terms: readonly Condition[] = milder.map(({ condition }) => ({ kind: 'not', term: condition }));
    const condition = foldCondition({ kind: 'and', terms: [entry.condition, ...terms] });
    if (condition.kind !== 'false') drafts.push({ ...entry, condition });
    decided.push(entry);
    if (entry.condition.kind === 'true') break;
  }
  const end = drafts.findLastIndex(({ action }) => !says(action, fallback)) + 1;
  return isOnlyReading ? drafts.slice(0, end) : drafts;
}

/** Returns the rules without those that a more restrictive one always overrules, and without those that change no answer. */
function effective(drafts: readonly RuleDraft[], fallback: Action): readonly RuleDraft[] {
  const always = drafts.filter(({ condition }) => condition.kind === 'true');
  const strict = Math.min(...always.map(({ action }) => precedence(action)));
  const kept = drafts.filter(({ action }) => precedence(action) <= strict);
  const other = kept.filter((draft) => !says(draft.action, fallback));
  const restricts = other.every(({ action }) => precedence(action) < precedence(fallback));
  return restricts ? other : kept;
}

function says(action: Action, other: Action): boolean {
  return actionText(action) === actionText(other);
}

/** The draft as rules: alternatives that do not fit on one line stand on lines of their own. */
function ruleLines(call: string, draft: RuleDraft, architecture: Architecture): readonly ImportedRule[] {
  const { condition, action, comment } = draft;
  const text = ruleText(call, condition, action, architecture);
  if (condition.kind !== 'or' || parseRule(text).ok) return [{ text, comment }];
  return condition.terms.map((term) => ({ text: ruleText(call, term, action, architecture), comment }));
}

function ruleText(call: string, condition: Condition, action: Action, architecture: Architecture): string {
  const test = condition.kind === 'true' ? '' : `(${conditionText(condition, call, architecture)})`;
  return `${call}${test}${action.kind === 'allow' ? '' : ` -> ${actionText(action)}`}`;
}

function strictest(call: string, cases: readonly Case[], fallback: Action): readonly ImportedRule[] {
  const action = cases.reduce(
    (worst, { action }) => (precedence(action) < precedence(worst) ? action : worst),
    fallback,
  );
  return says(action, fallback) ? [] : [{ text: `${call} -> ${actionText(action)}`, comment: undefined }];
}

function distinct(rules: readonly ImportedRule[]): readonly ImportedRule[] {
  return [...new Map(rules.toReversed().map((rule) => [rule.text, rule])).values()].reverse();
}

/** A part of a source as the comment of a rule: where it stands, and its text on one line. */
export function sourceComment({ file, line }: Span, text: string, main: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  const shown = plain.length > 120 ? `${plain.slice(0, 117)}...` : plain;
  return `${file === main ? '' : `${file} `}line ${line}: ${shown}`;
}
