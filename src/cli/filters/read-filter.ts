import type { Architecture } from '../../kernel/architecture.ts';
import { denialsOf } from '../../plan/filters/denials.ts';
import { withExec } from '../../plan/filters/gate-filter.ts';
import { acceptWarnings } from '../../policy/accept-warnings.ts';
import { type Diagnostic, hasErrors, type Span } from '../../policy/diagnostic.ts';
import type { PolicyDocument } from '../../policy/document.ts';
import { isMapping } from '../../policy/mapping.ts';
import { parseDocument } from '../../policy/parse-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import { type Filter, resolveFilter } from '../../seccomp/index.ts';
import { readSource } from '../read-source.ts';

/** The filter of a file. */
export interface ReadFilter {
  /** Undefined when the file cannot be read, or its filter or any other key of the policy is wrong. */
  readonly filter: Filter | undefined;
  /** Undefined for a section without a policy around it, whose rules are all that there is. */
  readonly policy: Policy | undefined;
  /** The rules as they are written. */
  readonly seccomp: SeccompPolicy | undefined;
  /** The place of the rules. */
  readonly span: Span | undefined;
  readonly texts: ReadonlyMap<string, string>;
  /** Errors only: `check` reports the ways that rules open. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Groups have more where a launch stands behind the rules: `exported` filters are loaded by others, without it. */
export type FilterUse = 'launched' | 'exported';

/** Reads the filter of a policy, or of a file whose one key is `seccomp`, as `portcullis import` writes it. */
export function readFilter(file: string, architecture: Architecture, use: FilterUse): ReadFilter {
  const nothing = { filter: undefined, policy: undefined, seccomp: undefined, span: undefined };
  const { texts, document } = readSource({ kind: 'file', file }, { trusted: false, caller: {} });
  if (document.kind === 'stopped') return { ...nothing, texts, diagnostics: document.diagnostics };
  const { policy, seccomp, diagnostics } = parseDocument(document.value, file, { requireListen: false });
  const said = errorsOf(diagnostics).filter(
    ({ code }) => !(isSection(document.value) && code === 'missing-key'),
  );
  if (seccomp === undefined || hasErrors(said)) return { ...nothing, texts, diagnostics: said };
  const rest = use === 'launched' ? policy : undefined;
  const resolved = resolveFilter(seccomp, architecture, rest);
  const problems = errorsOf(
    rest === undefined ? resolved.diagnostics : acceptWarnings(rest, resolved.diagnostics),
  );
  const filter = problems.length === 0 ? resolved.filter : undefined;
  return { filter, policy, seccomp, span: seccomp.span, texts, diagnostics: problems };
}

function isSection({ value }: PolicyDocument): boolean {
  return isMapping(value) && Object.keys(value).join() === 'seccomp';
}

/** Returns the rules of a session, with those of `exec` about starting programs; `undefined` without a filter. */
export function sessionFilter({ filter, policy }: ReadFilter): Filter | undefined {
  if (filter === undefined || policy === undefined) return filter;
  return withExec(filter, policy, policy.exec === 'allow' ? 'none' : 'page-zero');
}

/** The same as a session has them: calls that are denied ask the gate, where the policy lets it report them. */
export function runningFilter(read: ReadFilter): Filter | undefined {
  const { policy } = read;
  const filter = sessionFilter(read);
  if (filter === undefined || policy === undefined) return filter;
  const guard = { kind: policy.exec === 'allow' ? 'none' : 'page-zero', callsFromPageZero: true } as const;
  const audit = { kind: 'open' } as const;
  const isAsked = denialsOf({ policy, filter, guard, uid: undefined, audit }).by === 'gate';
  return isAsked ? { ...filter, kills: { as: { kind: 'user_notif' }, except: [] } } : filter;
}

function errorsOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}
