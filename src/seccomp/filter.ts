import type { Architecture } from '../kernel/architecture.ts';
import type { Span } from '../policy/diagnostic.ts';
import type { Action } from './action.ts';
import type { Condition } from './condition.ts';

/** One rule for one call. Conditions of a rule are and-bound; rules of a call are or-bound. */
export interface Rule {
  /** The kernel's name of the call. */
  readonly call: string;
  readonly condition: Condition;
  readonly action: Action;
  /** Where the policy says so; absent for rules of our own. */
  readonly source: Span | undefined;
}

/**
 * What a filter must decide, independent of how.
 *
 * Of the rules that match a call the most restrictive action counts, in the kernel's order for stacked filters
 * (kill_process, kill_thread, trap, errno, user_notif, trace, log, allow); of two that are equally restrictive the
 * first in the list gives the data. When none matches: ENOSYS for a call that no rule names and that is younger
 * than `kernel`, else `default`.
 */
export interface Filter {
  readonly architecture: Architecture;
  readonly default: Action;
  /** Call numbers that no rule names and that answer ENOSYS; every number from `firstUnknown` on does so as well. */
  readonly unsupported: readonly number[];
  readonly firstUnknown: number;
  readonly rules: readonly Rule[];
}
