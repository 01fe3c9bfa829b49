import type { Span } from './diagnostic.ts';

/** A text of the filter language, a rule for the most part, and where it stands. */
export interface RuleText {
  readonly text: string;
  /** Covers exactly the text, so that offsets in it are columns of the file; absent for rules of our own. */
  readonly span: Span | undefined;
}

/** The frequency of a call relative to others, and the place of the number. */
export interface CallCount {
  readonly count: number;
  readonly span: Span | undefined;
}

/**
 * `gate`: the gate reports a denied call and ends the process. `kernel`: the kernel ends it, and its audit reports the call.
 * `none`: the kernel ends it, and the call is not reported.
 */
export type DenialReport = 'gate' | 'kernel' | 'none';

export interface SeccompPolicy {
  /** The action for calls that no rule names, as text: `kill_process`, `errno(EPERM)`. */
  readonly default: RuleText;
  /** The kernel the policy was written for, `6.1`; calls younger than it answer ENOSYS. */
  readonly kernel: RuleText | undefined;
  readonly rules: readonly RuleText[];
  /** Groups that the policy defines for itself, by name with `@`. */
  readonly groups: ReadonlyMap<string, readonly RuleText[]>;
  /** The frequency of the service's calls, by name, in any unit; absent: the usual frequencies of programs. */
  readonly weights?: ReadonlyMap<string, CallCount> | undefined;
  /** The reporter of denied calls; absent: the gate, where it can, or else the audit. */
  readonly report?: DenialReport | undefined;
  readonly reportSpan?: Span | undefined;
  /** The place of the rules, for problems that concern all of them; absent for our own rules. */
  readonly span: Span | undefined;
}
