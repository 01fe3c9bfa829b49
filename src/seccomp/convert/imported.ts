import type { Architecture } from '../../kernel/architecture.ts';
import type { KernelRelease } from '../../kernel/kernel-release.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { Filter } from '../filter.ts';

/** A line of the filter language that an import makes. */
export interface ImportedRule {
  readonly text: string;
  /** The origin of the line, for readers; one line, without `#`. */
  readonly comment: string | undefined;
}

/** A foreign filter in our own words. */
export interface ImportedFilter {
  /** The action for calls that no rule decides, as text: `errno(EPERM)`. */
  readonly default: string;
  readonly rules: readonly ImportedRule[];
}

/**
 * The outcome of an import. Warnings name each loss, its place, and that the result is narrower. Errors forbid the import. An
 * import is never wider than its source.
 */
export interface Imported {
  /** Undefined only when a diagnostic is an error. */
  readonly filter: ImportedFilter | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Facts beside its text on which the meaning of a foreign filter may depend. */
export interface ImportOptions {
  /** The name of the file, for places. */
  readonly file: string;
  readonly architecture: Architecture;
  /** The capabilities that the program will hold. Filters may have rules for programs with a capability, or without. */
  readonly capabilities: ReadonlySet<string>;
  /** The kernel that the program will run on; `undefined`: any that Portcullis supports. */
  readonly kernel: KernelRelease | undefined;
  /** The name, in the file, of the one filter to read when a file holds several; absent: there is only one. */
  readonly section?: string | undefined;
  /**
   * Reads a file that the source includes, given its path as written and the file that names it. Absent, or `undefined`: the
   * file cannot be read.
   */
  readonly include?: (path: string, from: string) => IncludedFile | undefined;
}

export interface IncludedFile {
  /** Its name, for places. */
  readonly file: string;
  readonly text: string;
}

export type Importer = (source: string | Uint8Array, options: ImportOptions) => Imported;

/** A filter of ours in a foreign form. Warnings name each part that the form cannot hold. */
export interface Exported {
  /** Undefined only when a diagnostic is an error. */
  readonly content: string | Uint8Array | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ExportOptions {
  /** The name of the filter, for forms that have names: letters, digits and `-`. */
  readonly name: string;
}

export type Exporter = (filter: Filter, options: ExportOptions) => Exported;
