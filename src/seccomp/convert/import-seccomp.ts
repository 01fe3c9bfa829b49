import type { Architecture } from '../../kernel/architecture.ts';
import { syscallNumber } from '../../kernel/system-calls.ts';
import { type Diagnostic, hasErrors, type Span } from '../../policy/diagnostic.ts';
import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Action } from '../action.ts';
import { precedence } from '../action-value.ts';
import { ENOSYS } from '../decision.ts';
import type { Filter } from '../filter.ts';
import { parseRule } from '../language/parse-rule.ts';
import { resolveFilter, UNJUDGED } from '../language/resolve-filter.ts';
import type { Imported, ImportedFilter, ImportedRule } from './imported.ts';
import type { Problems } from './problems.ts';

/** Writes the imported filter as the `seccomp` section of a policy. `heading` holds the comments above it, line by line. */
export function seccompSection(imported: ImportedFilter, heading: readonly string[]): string {
  const lines = [...heading.map(commentLine), 'seccomp:', `  default: ${scalar(imported.default)}`];
  if (imported.rules.length === 0) return `${[...lines, '  rules: []'].join('\n')}\n`;
  lines.push('  rules:');
  let said: string | undefined;
  for (const { text, comment } of imported.rules) {
    if (comment !== undefined && comment !== said) lines.push(`    ${commentLine(comment)}`);
    said = comment;
    lines.push(`    - ${scalar(text)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The imported filter as one that can be compiled, proved and compared. A problem here is one of the import. */
export function importedFilter(
  imported: ImportedFilter,
  architecture: Architecture,
): { readonly filter: Filter; readonly diagnostics: readonly Diagnostic[] } {
  const policy: SeccompPolicy = {
    default: { text: imported.default, span: undefined },
    kernel: undefined,
    rules: imported.rules.map(({ text }) => ({ text, span: undefined })),
    groups: new Map(),
    span: undefined,
  };
  const { filter, diagnostics } = resolveFilter(policy, architecture);
  return { filter, diagnostics: diagnostics.filter(({ severity }) => severity === 'error') };
}

/**
 * Ends an import: names the calls that a policy would answer by itself, and reports those that have no name. `place` is that of
 * the source's default.
 */
export function finishedImport(
  imported: ImportedFilter,
  fallback: Action,
  architecture: Architecture,
  place: Span | undefined,
  problems: Problems,
): Imported {
  if (precedence(fallback) > precedence(ENOSYS)) {
    const message = `calls that no release of Linux has yet answer ENOSYS here, where the source says ${imported.default}`;
    problems.loss(
      'unknown-calls',
      message,
      place,
      'name calls by their numbers, syscall_600, where they are needed',
    );
  }
  return checkedImport(withUnjudgedCalls(imported, architecture), architecture, problems);
}

/** Ends an import that has reported everything itself. A rule that a policy would refuse is an error of the import. */
export function checkedImport(
  filter: ImportedFilter,
  architecture: Architecture,
  { diagnostics }: Problems,
): Imported {
  if (hasErrors(diagnostics)) return { filter: undefined, diagnostics };
  const refused = importedFilter(filter, architecture).diagnostics;
  return {
    filter: refused.length === 0 ? filter : undefined,
    diagnostics: [...diagnostics, ...refused],
  };
}

/**
 * The same filter with a rule for each call that a policy answers with ENOSYS unless it names it: there the source's
 * default counts, so that the import answers as the source does.
 */
function withUnjudgedCalls(imported: ImportedFilter, architecture: Architecture): ImportedFilter {
  const named = new Set(imported.rules.map(({ text }) => targetOf(text)));
  const missing: readonly ImportedRule[] = UNJUDGED.filter(
    (call) => !named.has(call) && syscallNumber(call, architecture) !== undefined,
  ).map((call) => ({
    text: `${call} -> ${imported.default}`,
    comment: 'named, because a policy answers ENOSYS to these unless it names them',
  }));
  return imported.default === 'errno(ENOSYS)'
    ? imported
    : { ...imported, rules: [...imported.rules, ...missing] };
}

function targetOf(text: string): string | undefined {
  const parsed = parseRule(text);
  return parsed.ok && parsed.value.target.kind === 'call' ? parsed.value.target.name : undefined;
}

/** Makes one line of comment from any text, so that nothing of a foreign file becomes a line of the policy. */
function commentLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line === '' ? '#' : `# ${line}`;
}

/** Plain where YAML reads the text back as it is; rules and actions hold no line breaks. */
function scalar(text: string): string {
  return /^[a-z_][^\n]*$/.test(text) && !/: | #|:$/.test(text) ? text : JSON.stringify(text);
}
