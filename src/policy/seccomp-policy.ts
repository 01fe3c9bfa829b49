import type { Span } from './diagnostic.ts';

/** A text of the filter language, a rule for the most part, and where it stands. */
export interface RuleText {
  readonly text: string;
  /** Covers exactly the text, so that offsets in it are columns of the file; absent for rules of our own. */
  readonly span: Span | undefined;
}

/** How often a call is made beside others, and where that is written. */
export interface CallCount {
  readonly count: number;
  readonly span: Span | undefined;
}

/** `gate`: the gate tells of a denied call and ends the process. `none`: the kernel ends it, and nobody tells the call. */
export type DenialReport = 'gate' | 'none';

export interface SeccompPolicy {
  /** The action for what no rule names, as text: `kill_process`, `errno(EPERM)`. */
  readonly default: RuleText;
  /** The kernel the policy was written for, `6.1`; calls younger than it answer ENOSYS. */
  readonly kernel: RuleText | undefined;
  readonly rules: readonly RuleText[];
  /** Groups that the policy defines for itself, by name with `@`. */
  readonly groups: ReadonlyMap<string, readonly RuleText[]>;
  /** How often the service makes calls, by name, in any unit; absent: as programs usually do. */
  readonly weights?: ReadonlyMap<string, CallCount> | undefined;
  /** The one who tells of denied calls; absent: the gate, where it can. */
  readonly report?: DenialReport | undefined;
  readonly reportSpan?: Span | undefined;
  /** Where the rules are written, for what can be said only of all of them; absent for rules of our own. */
  readonly span: Span | undefined;
}
