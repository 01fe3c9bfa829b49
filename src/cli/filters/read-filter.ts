import type { Architecture } from '../../kernel/architecture.ts';
import { denialsOf } from '../../plan/filters/denials.ts';
import { withExec } from '../../plan/filters/gate-filter.ts';
import { type Diagnostic, hasErrors, type Span } from '../../policy/diagnostic.ts';
import type { PolicyDocument } from '../../policy/document.ts';
import { isMapping } from '../../policy/mapping.ts';
import { parseDocument } from '../../policy/parse-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import { type Filter, resolveFilter } from '../../seccomp/index.ts';
import { readSource } from '../read-source.ts';

/** The filter of a file. */
export interface ReadFilter {
  /** Undefined when the file cannot be read, or its filter or any other key of the policy is wrong. */
  readonly filter: Filter | undefined;
  /** Undefined for a section without a policy around it, whose rules are all that there is. */
  readonly policy: Policy | undefined;
  /** The place of the rules. */
  readonly span: Span | undefined;
  readonly texts: ReadonlyMap<string, string>;
  /** Errors only: what rules open is a question for `check`. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the filter of a policy, or of a file whose one key is `seccomp`, as `portcullis import` writes it. */
export function readFilter(file: string, architecture: Architecture): ReadFilter {
  const nothing = { filter: undefined, policy: undefined, span: undefined };
  const { texts, document } = readSource({ kind: 'file', file }, { trusted: false, caller: {} });
  if (document.kind === 'stopped') return { ...nothing, texts, diagnostics: document.diagnostics };
  const { policy, seccomp, diagnostics } = parseDocument(document.value, file, { requireListen: false });
  const said = errorsOf(diagnostics).filter(
    ({ code }) => !(isSection(document.value) && code === 'missing-key'),
  );
  if (seccomp === undefined || hasErrors(said)) return { ...nothing, texts, diagnostics: said };
  const resolved = resolveFilter(seccomp, architecture);
  const problems = errorsOf(resolved.diagnostics);
  const filter = problems.length === 0 ? resolved.filter : undefined;
  return { filter, policy, span: seccomp.span, texts, diagnostics: problems };
}

function isSection({ value }: PolicyDocument): boolean {
  return isMapping(value) && Object.keys(value).join() === 'seccomp';
}

/** The rules that a session is held to, with what `exec` says about starting programs; `undefined` without a filter. */
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
  const isAsked = denialsOf({ policy, filter, guard, uid: undefined }).by === 'gate';
  return isAsked ? { ...filter, kills: { as: { kind: 'user_notif' }, except: [] } } : filter;
}

function errorsOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}
