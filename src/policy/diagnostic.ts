/** A place in a policy file. Lines and columns count from 1; columns count UTF-16 units. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The number of columns that the caret underlines; at least 1. */
  readonly length: number;
}

/** One problem, as data. `src/cli` prints it. */
export interface Diagnostic {
  /** Stable and kebab-case: tests and `--json` consumers match on it. */
  readonly code: string;
  /** `note`: a warning that the policy accepts, with its reason; or a feature that this kernel lacks. */
  readonly severity: 'error' | 'warning' | 'note';
  /** The expectation and the finding, without a final stop. */
  readonly message: string;
  readonly span: Span | undefined;
  /** The fix. */
  readonly help: string | undefined;
  /** The calls, capabilities or traits of a program that this is about, by which a policy can accept it; absent: it cannot. */
  readonly about?: readonly string[];
}

/** Returns whether one of the problems is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
