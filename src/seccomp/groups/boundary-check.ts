import type { Architecture } from '../../kernel/architecture.ts';
import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import type { Action } from '../action.ts';
import { callNumber } from '../call-number.ts';
import type { Condition } from '../condition.ts';
import { type Decision, decisions } from '../decision.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import type { Filter } from '../filter.ts';
import { parseRule } from '../language/parse-rule.ts';
import { resolveCondition } from '../language/resolve-condition.ts';
import { findWitness } from '../witness.ts';
import { BOUNDARIES, type Boundary, type BoundaryCall, SET_ID_MODES, type Where } from './boundaries.ts';
import type { RestOfPolicy } from './rest-of-policy.ts';

/** Returns whether the call happens, at least when a tracer or notifier agrees. */
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

/**
 * Warns of every boundary that a filter opens within its policy, and names the power that it gives an attacker. `defaultSpan`
 * is the place of the default.
 */
export function checkBoundaries(
  filter: Filter,
  rest: RestOfPolicy,
  defaultSpan: Span | undefined,
): readonly Diagnostic[] {
  const isOwn = rest.user === 'own';
  if (letsThrough(filter.default)) return [openDefault(filter.default, defaultSpan, isOwn)];
  const { numbers } = decisions(filter);
  const openOf = (entries: readonly BoundaryCall[]): readonly BoundaryCall[] =>
    entries.filter((entry) => {
      const number = callNumber(entry.call, filter.architecture);
      const decision = number === undefined ? undefined : numbers.get(number);
      return decision !== undefined && opens(decision, entry, filter.architecture);
    });
  const boundaries = isOwn ? [...BOUNDARIES, SET_ID_MODES] : BOUNDARIES;
  return boundaries.flatMap((boundary) => {
    const opened = openOf(boundary.calls);
    if (opened.length === 0 || !isSo(boundary.where, filter, rest, openOf)) return [];
    const beside = openOf(boundary.beside ?? []);
    if (boundary.beside !== undefined && beside.length === 0) return [];
    const found = boundaryDiagnostics(boundary, opened, beside, filter);
    return isOwn && boundary.outlives === true ? found.map(unexcused) : found;
  });
}

/** Returns whether the rest of the policy fulfils the condition of a boundary. */
function isSo(
  where: Where | undefined,
  filter: Filter,
  { exec, root }: RestOfPolicy,
  openOf: (entries: readonly BoundaryCall[]) => readonly BoundaryCall[],
): boolean {
  if (where === undefined) return true;
  if (where.hostRoot === true && root !== undefined) return false;
  if (!where.calls.some(({ call }) => call === 'execve')) return openOf(where.calls).length > 0;
  // The programs of `exec` become rules only when the filter is compiled.
  if (exec === 'once') return false;
  const unnamed = exec === 'allow' && !filter.rules.some(({ call }) => call === 'execve');
  return unnamed || openOf(where.calls).length > 0;
}

/** With `user: own` it is an error, which no reason makes a note. */
function unexcused({ about: _, ...diagnostic }: Diagnostic): Diagnostic {
  const message = `${diagnostic.message}; with user: own nothing may outlive the service`;
  return { ...diagnostic, severity: 'error', message };
}

function openDefault(action: Action, span: Span | undefined, isOwn: boolean): Diagnostic {
  return {
    code: 'boundary-opened',
    severity: isOwn ? 'error' : 'warning',
    message: `the default action '${action.kind}' lets every call through that no rule names, and so opens every boundary`,
    span,
    help: "let the default be 'kill_process' or an errno, and name what the service needs",
  };
}

/** Returns whether a decision lets anything through that the boundary's safe rules do not cover. */
function opens(decision: Decision, entry: BoundaryCall, architecture: Architecture): boolean {
  if (![decision.otherwise, ...decision.cases.map(({ action }) => action)].some(letsThrough)) return false;
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

/** One warning for each line of the policy that has a part in it; `beside`: the partners, which are elsewhere. */
function boundaryDiagnostics(
  boundary: Boundary,
  opened: readonly BoundaryCall[],
  beside: readonly BoundaryCall[],
  filter: Filter,
): readonly Diagnostic[] {
  const bySource = new Map<string, { readonly span: Span | undefined; readonly entries: BoundaryCall[] }>();
  for (const entry of opened) {
    const span = placeOf(entry, filter);
    const group = bySource.get(placeText(span)) ?? { span, entries: [] };
    group.entries.push(entry);
    bySource.set(placeText(span), group);
  }
  return [...bySource.values()].map(({ span, entries }) => ({
    code: 'boundary-opened',
    severity: 'warning',
    message: `${callsOf(entries)}${partnersText(beside, span, filter)}: opens ${boundary.name}; ${boundary.gives}`,
    span,
    help: boundaryHelp(entries, beside),
    about: [...entries, ...beside].map(({ call }) => call),
  }));
}

function callsOf(entries: readonly BoundaryCall[]): string {
  return entries.map(({ call }) => call).join(', ');
}

/** Returns the place of the first rule that opens a boundary by itself, else of the first that has a part in it. */
function placeOf(entry: BoundaryCall, { rules, default: fallback, architecture }: Filter): Span | undefined {
  const candidates = rules.filter(({ call, action }) => call === entry.call && letsThrough(action));
  const atFault = candidates.find((rule) =>
    opens({ overrides: [], cases: [rule], otherwise: fallback }, entry, architecture),
  );
  return (atFault ?? candidates[0])?.source;
}

function placeText(span: Span | undefined): string {
  return `${span?.file}:${span?.line}:${span?.column}`;
}

/** The partners of a warning, with their places where these are others than its own. */
function partnersText(beside: readonly BoundaryCall[], own: Span | undefined, filter: Filter): string {
  if (beside.length === 0) return '';
  const places = beside.flatMap((entry) => {
    const span = placeOf(entry, filter);
    if (span === undefined || placeText(span) === placeText(own)) return [];
    return [span.file === own?.file ? `line ${span.line}` : `${span.file}:${span.line}`];
  });
  const text = [...new Set(places)].join(', ');
  return ` beside ${callsOf(beside)}${text === '' ? '' : ` (${text})`}`;
}

function boundaryHelp(entries: readonly BoundaryCall[], beside: readonly BoundaryCall[]): string {
  const safe = entries.flatMap((entry) => entry.safe);
  if (safe.length === 0) return 'leave it out unless the service cannot do without';
  const without = entries.filter((entry) => entry.safe.length === 0);
  const parts = [
    `safe: ${safe.join(', ')}`,
    ...(without.length === 0 ? [] : [`without ${callsOf(without)}`]),
    ...(beside.length === 0 ? [] : [`or leave out ${callsOf(beside)}`]),
  ];
  return parts.join('; ');
}
