import type { Architecture } from '../../kernel/architecture.ts';
import type { KernelRelease } from '../../kernel/kernel-release.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { Filter } from '../filter.ts';

/** A line of the filter language that an import makes. */
export interface ImportedRule {
  readonly text: string;
  /** What a reader should know about where the line comes from; one line, without `#`. */
  readonly comment: string | undefined;
}

/** A foreign filter in our own words. */
export interface ImportedFilter {
  /** The action for calls that no rule decides, as text: `errno(EPERM)`. */
  readonly default: string;
  readonly rules: readonly ImportedRule[];
}

/**
 * What became of a foreign filter. Warnings say what is lost, where, and that the result is narrower; errors forbid the
 * import. An import is never wider than its source.
 */
export interface Imported {
  /** Undefined only when a diagnostic is an error. */
  readonly filter: ImportedFilter | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a foreign filter may depend on, beside its text. */
export interface ImportOptions {
  /** The name of the file, for places. */
  readonly file: string;
  readonly architecture: Architecture;
  /** What the program will hold; filters may have rules for those with a capability, or without. */
  readonly capabilities: ReadonlySet<string>;
  /** The kernel that the program will run on; `undefined`: any that Portcullis supports. */
  readonly kernel: KernelRelease | undefined;
  /** Which of several filters in one file is meant, by its name there; absent: there is only one. */
  readonly section?: string | undefined;
  /** Reads a file that the source includes: its path as written, and the file that names it. Absent, or `undefined`: it cannot be read. */
  readonly include?: (path: string, from: string) => IncludedFile | undefined;
}

export interface IncludedFile {
  /** Its name, for places. */
  readonly file: string;
  readonly text: string;
}

export type Importer = (source: string | Uint8Array, options: ImportOptions) => Imported;

/** A filter of ours in a foreign form. Warnings say what the form cannot hold. */
export interface Exported {
  /** Undefined only when a diagnostic is an error. */
  readonly content: string | Uint8Array | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ExportOptions {
  /** What the filter is called where the form has names: letters, digits and `-`. */
  readonly name: string;
}

export type Exporter = (filter: Filter, options: ExportOptions) => Exported;
