import type { Architecture } from '../kernel/architecture.ts';
import type { Diagnostic, Span } from '../policy/diagnostic.ts';
import type { Action } from './action.ts';
import { BOUNDARIES, type Boundary, type BoundaryCall } from './boundaries.ts';
import { callNumber } from './call-number.ts';
import type { Condition } from './condition.ts';
import { type Decision, decisions } from './decision.ts';
import { conditionHolds } from './evaluate-condition.ts';
import type { Filter } from './filter.ts';
import { parseRule } from './parse-rule.ts';
import { resolveCondition } from './resolve-condition.ts';
import { findWitness } from './witness.ts';

/** Whether the call happens, at least when whoever is asked agrees. */
function letsThrough(action: Action): boolean {
  switch (action.kind) {
    case 'allow':
    case 'log':
    case 'trace':
    case 'user_notif':
      return true;
    default:
      return false;
  }
}

/** Warns of every boundary that a filter opens, and says what that gives an attacker; `defaultSpan` is the place of the default. */
export function checkBoundaries(filter: Filter, defaultSpan: Span | undefined): readonly Diagnostic[] {
  if (letsThrough(filter.default)) return [openDefault(filter.default, defaultSpan)];
  const { numbers } = decisions(filter);
  return BOUNDARIES.flatMap((boundary) => {
    const opened = boundary.calls.filter((entry) => {
      const number = callNumber(entry.call, filter.architecture);
      const decision = number === undefined ? undefined : numbers.get(number);
      return decision !== undefined && opens(decision, entry, filter.architecture);
    });
    return boundaryDiagnostics(boundary, opened, filter);
  });
}

function openDefault(action: Action, span: Span | undefined): Diagnostic {
  return {
    code: 'boundary-opened',
    severity: 'warning',
    message: `the default action '${action.kind}' lets every call through that no rule names, and so opens every boundary`,
    span,
    help: "let the default be 'kill_process' or an errno, and name what the service needs",
  };
}

/** Whether a decision lets anything through that the boundary's safe rules do not cover. */
function opens(decision: Decision, entry: BoundaryCall, architecture: Architecture): boolean {
  const safe: Condition = { kind: 'or', terms: entry.safe.map((rule) => safeCondition(rule, architecture)) };
  const conditions = [safe, ...decision.cases.map(({ condition }) => condition)];
  const witness = findWitness(conditions, (args) => {
    const matching = decision.cases.find(({ condition }) => conditionHolds(condition, args));
    return letsThrough(matching?.action ?? decision.otherwise) && !conditionHolds(safe, args);
  });
  return witness !== undefined;
}

function safeCondition(rule: string, architecture: Architecture): Condition {
  const parsed = parseRule(rule);
  if (!parsed.ok || parsed.value.condition === undefined)
    throw new Error(`a boundary's rule is wrong: ${rule}`);
  return resolveCondition(parsed.value.condition, parsed.value.target.name, architecture);
}

/** One warning for each line of the policy that has a part in it. */
function boundaryDiagnostics(
  boundary: Boundary,
  opened: readonly BoundaryCall[],
  filter: Filter,
): readonly Diagnostic[] {
  const bySource = new Map<string, { readonly span: Span | undefined; readonly entries: BoundaryCall[] }>();
  for (const entry of opened) {
    const rule = filter.rules.find(
      (candidate) => candidate.call === entry.call && letsThrough(candidate.action),
    );
    const span = rule?.source;
    const key = `${span?.file}:${span?.line}:${span?.column}`;
    const group = bySource.get(key) ?? { span, entries: [] };
    group.entries.push(entry);
    bySource.set(key, group);
  }
  return [...bySource.values()].map(({ span, entries }) => ({
    code: 'boundary-opened',
    severity: 'warning',
    message: `${entries.map(({ call }) => call).join(', ')}: opens ${boundary.name}; ${boundary.gives}`,
    span,
    help: boundaryHelp(entries),
    about: entries.map(({ call }) => call),
  }));
}

function boundaryHelp(entries: readonly BoundaryCall[]): string {
  const safe = entries.flatMap((entry) => entry.safe);
  return safe.length === 0
    ? 'leave it out unless the service cannot do without; the groups of our own never open a boundary'
    : `safe: ${safe.join(', ')}`;
}
