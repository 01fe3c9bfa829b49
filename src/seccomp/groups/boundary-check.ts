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
import { BOUNDARIES_OF_DATAGRAMS } from './datagram-boundaries.ts';
import { answersDatagrams, hasOwnPids, hasScopedSignals, type RestOfPolicy } from './rest-of-policy.ts';

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
 * Reports every boundary that a filter opens within its policy, and names the power that it gives an attacker. `defaultSpan`
 * is the place of the default.
 */
export function checkBoundaries(
  filter: Filter,
  rest: RestOfPolicy,
  defaultSpan: Span | undefined,
): readonly Diagnostic[] {
  const isOwn = rest.user === 'own';
  if (letsThrough(filter.default)) return [openDefault(filter.default, defaultSpan, isOwn)];
  return findOpened(filter, rest).flatMap(({ boundary, opened, beside }) => {
    const found = boundaryDiagnostics(boundary, opened, beside, filter);
    return isOwn && boundary.outlives === true ? found.map(unexcused) : found;
  });
}

/** Returns the boundaries that a policy can open. */
function boundariesOf(rest: RestOfPolicy): readonly Boundary[] {
  const always = answersDatagrams(rest) ? BOUNDARIES_OF_DATAGRAMS : BOUNDARIES;
  return rest.user === 'own' ? [...always, SET_ID_MODES] : always;
}

/**
 * The names of the boundaries that a filter opens within its policy. `only`: those that have one of these calls; the answer
 * is then found sooner.
 */
export function openedBoundaries(
  filter: Filter,
  rest: RestOfPolicy,
  only?: ReadonlySet<string>,
): readonly string[] {
  const all = boundariesOf(rest);
  const asked = only === undefined ? all : all.filter((boundary) => isAbout(boundary, only));
  if (letsThrough(filter.default)) return asked.map(({ name }) => name);
  return findOpened(filter, rest, asked).map(({ boundary }) => boundary.name);
}

function isAbout({ calls, beside, where }: Boundary, names: ReadonlySet<string>): boolean {
  return [...calls, ...(beside ?? []), ...(where?.calls ?? [])].some(({ call }) => names.has(call));
}

interface OpenedBoundary {
  readonly boundary: Boundary;
  readonly opened: readonly BoundaryCall[];
  readonly beside: readonly BoundaryCall[];
}

function findOpened(
  filter: Filter,
  rest: RestOfPolicy,
  boundaries: readonly Boundary[] = boundariesOf(rest),
): readonly OpenedBoundary[] {
  const { numbers } = decisions(filter);
  const openOf = (entries: readonly BoundaryCall[]): readonly BoundaryCall[] =>
    entries.filter((entry) => {
      const number = callNumber(entry.call, filter.architecture);
      const decision = number === undefined ? undefined : numbers.get(number);
      return decision !== undefined && opens(decision, entry, filter.architecture);
    });
  return boundaries.flatMap((boundary) => {
    const opened = openOf(boundary.calls);
    if (opened.length === 0 || !isSo(boundary.where, filter, rest, openOf)) return [];
    if (boundary.beside === undefined) return { boundary, opened, beside: [] };
    const beside = openOf(boundary.beside);
    return beside.length === 0 ? [] : { boundary, opened, beside };
  });
}

/** Returns whether the rest of the policy fulfils the condition of a boundary. */
function isSo(
  where: Where | undefined,
  filter: Filter,
  rest: RestOfPolicy,
  openOf: (entries: readonly BoundaryCall[]) => readonly BoundaryCall[],
): boolean {
  if (where === undefined) return true;
  if (where.hostRoot === true && rest.root !== undefined) return false;
  if (where.unscopedSignals === true && hasScopedSignals(rest)) return false;
  if (where.launched === true && !hasOwnPids(rest)) return false;
  if (where.calls === undefined) return true;
  if (!where.calls.some(({ call }) => call === 'execve')) return openOf(where.calls).length > 0;
  // The programs of `exec` become rules only when the filter is compiled.
  if (rest.exec === 'once') return false;
  const unnamed = rest.exec === 'allow' && !filter.rules.some(({ call }) => call === 'execve');
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
    severity: boundary.severity ?? 'warning',
    message: `${callsOf(entries)}${partnersText(beside, span, filter)}: opens ${boundary.name}; ${boundary.gives}`,
    span,
    help: boundaryHelp(entries, beside),
    // A reason for each call alone is none for both together.
    ...(boundary.severity === 'error' ? {} : { about: [...entries, ...beside].map(({ call }) => call) }),
  }));
}

function callsOf(entries: readonly BoundaryCall[]): string {
  return entries.map(({ call }) => call).join(', ');
}

/** Returns the place of the first rule that opens a boundary by itself, else of the first that has a part in it. */
function placeOf(entry: BoundaryCall, { rules, default: fallback, architecture }: Filter): Span | undefined {
  const candidates = rules.filter(({ call, action }) => call === entry.call && letsThrough(action));
  const atFault = candidates.find((rule) =>
    opens({ overrides: [], cases: [rule], otherwise: fallback, kept: [] }, entry, architecture),
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
  if (safe.length === 0) {
    if (beside.length === 0) return 'leave it out unless the service cannot do without';
    const forms = beside.flatMap((entry) => entry.safe);
    const kept = forms.length === 0 ? '' : `; or keep the others to ${forms.join(', ')}`;
    return `deny ${entries.map(({ call }) => `${call} -> errno(EPERM)`).join(', ')}${kept}`;
  }
  const without = entries.filter((entry) => entry.safe.length === 0);
  const parts = [
    `safe: ${safe.join(', ')}`,
    ...(without.length === 0 ? [] : [`without ${callsOf(without)}`]),
    ...(beside.length === 0 ? [] : [`or leave out ${callsOf(beside)}`]),
  ];
  return parts.join('; ');
}
