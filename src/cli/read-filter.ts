import { readPolicyFile } from '../host/trust.ts';
import type { Architecture } from '../kernel/architecture.ts';
import { withExec } from '../plan/gate-filter.ts';
import { type Diagnostic, hasErrors, type Span } from '../policy/diagnostic.ts';
import { readDocument } from '../policy/document.ts';
import { isMapping } from '../policy/mapping.ts';
import { parseDocument } from '../policy/parse-policy.ts';
import { type Filter, resolveFilter } from '../seccomp/index.ts';

/** The filter of a file. */
export interface ReadFilter {
  /** Undefined when the file cannot be read, or what it says of the filter is wrong. */
  readonly filter: Filter | undefined;
  /** Undefined for a section without a policy around it, and for a policy with other errors. */
  readonly service: string | undefined;
  /** What the policy says about programs; undefined for a section alone, whose rules are all that there is. */
  readonly exec: 'once' | 'allow' | undefined;
  readonly execSpan: Span | undefined;
  readonly texts: ReadonlyMap<string, string>;
  /** Errors only: what rules open is a question for `check`. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the filter of a policy, or of a file whose one key is `seccomp`, as `portcullis import` writes it. */
export function readFilter(file: string, architecture: Architecture): ReadFilter {
  const nothing = { filter: undefined, service: undefined, exec: undefined, execSpan: undefined };
  const { text, diagnostics: unreadable } = readPolicyFile(file, { asRoot: false });
  if (text === undefined) return { ...nothing, texts: new Map(), diagnostics: unreadable };
  const texts = new Map([[file, text]]);
  const document = readDocument(text, file);
  const { policy, seccomp, diagnostics } = parseDocument(document, file, { requireListen: false });
  const isSection = isMapping(document.value) && Object.keys(document.value).join() === 'seccomp';
  const said = errorsOf(diagnostics).filter(({ code }) => !(isSection && code === 'missing-key'));
  if (seccomp === undefined || hasErrors(said)) return { ...nothing, texts, diagnostics: said };
  const resolved = resolveFilter(seccomp, architecture);
  const problems = [...said, ...errorsOf(resolved.diagnostics)];
  return {
    filter: problems.length === 0 ? resolved.filter : undefined,
    service: policy?.service,
    exec: policy?.exec,
    execSpan: policy?.spans.get('exec'),
    texts,
    diagnostics: problems,
  };
}

/** The rules that a session is held to, with what `exec` says about starting programs; `undefined` without a filter. */
export function sessionFilter({ filter, exec, execSpan }: ReadFilter): Filter | undefined {
  if (filter === undefined || exec === undefined) return filter;
  const spans = new Map(execSpan === undefined ? [] : [['exec', execSpan]]);
  return withExec(filter, { spans }, exec === 'allow' ? 'none' : 'page-zero');
}

function errorsOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}
