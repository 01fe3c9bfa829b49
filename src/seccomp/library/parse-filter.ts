import type { Architecture } from '../../kernel/architecture.ts';
import { type Diagnostic, hasErrors } from '../../policy/diagnostic.ts';
import type { RuleText, SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Filter } from '../filter.ts';
import { resolveFilter } from '../language/resolve-filter.ts';

/** A filter as written: the part under `seccomp` in a policy. */
export interface FilterSource {
  /** Rules of the filter language: a list, or a text with one rule a line, in which empty lines and those that begin with `#` do not count. */
  readonly rules: string | readonly string[];
  /** The action for calls that no rule names; `kill_process` if left out. */
  readonly default?: string;
  /** The kernel that the filter is written for, `6.1`: calls younger than it answer ENOSYS. */
  readonly kernel?: string;
  /** Groups that the rules may name, by name with `@`. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

export interface ParseFilterOptions {
  /** Numbers and some prototypes differ; there is no default. */
  readonly architecture: Architecture;
  /** The name of the text in diagnostics; `rules` if left out. */
  readonly file?: string;
}

export interface ParsedFilter {
  /** `undefined` when a diagnostic is an error. */
  readonly filter: Filter | undefined;
  /** Every problem, with its place: lines of a text, items of a list, both from 1. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Gives rules of the filter language their meaning on one architecture. Problems are returned as data; nothing is thrown. */
export function parseFilter(
  source: string | readonly string[] | FilterSource,
  options: ParseFilterOptions,
): ParsedFilter {
  const { filter, diagnostics } = resolveFilter(
    seccompPolicy(isWhole(source) ? source : { rules: source }, options.file ?? 'rules'),
    options.architecture,
  );
  return { filter: hasErrors(diagnostics) ? undefined : filter, diagnostics };
}

function isWhole(source: string | readonly string[] | FilterSource): source is FilterSource {
  return typeof source === 'object' && 'rules' in source;
}

function seccompPolicy(source: FilterSource, file: string): SeccompPolicy {
  const groups = Object.entries(source.groups ?? {});
  return {
    default: { text: source.default ?? 'kill_process', span: undefined },
    kernel: source.kernel === undefined ? undefined : { text: source.kernel, span: undefined },
    rules: typeof source.rules === 'string' ? linesOf(source.rules, file) : itemsOf(source.rules, file),
    groups: new Map(groups.map(([name, rules]) => [name, itemsOf(rules, name)])),
    span: undefined,
  };
}

function itemsOf(rules: readonly string[], file: string): readonly RuleText[] {
  return rules.map((text, index) => ({
    text,
    span: { file, line: index + 1, column: 1, length: Math.max(1, text.length) },
  }));
}

function linesOf(rules: string, file: string): readonly RuleText[] {
  return rules.split(/\r?\n/).flatMap((line, index) => {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return [];
    const column = line.indexOf(text) + 1;
    return [{ text, span: { file, line: index + 1, column, length: text.length } }];
  });
}
