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
  /** The place of the rule in the policy; absent for rules of our own. */
  readonly source: Span | undefined;
  /** The line of the policy, or of its defaults, that brings the rule; absent for what no line asks for. */
  readonly written?: string | undefined;
}

/**
 * The decisions that a filter must make, however it makes them.
 *
 * Of the rules that match a call, the most restrictive action counts. The order is the kernel's for stacked filters:
 * kill_process, kill_thread, trap, errno, user_notif, trace, log, allow. Of two that are equally restrictive, the first in the
 * list gives the data. When none matches, a call that no rule names and that is younger than `kernel` answers ENOSYS, and any
 * other `default`. Calls of another architecture or ABI (i386, x32) kill the process.
 */
export interface Filter {
  readonly architecture: Architecture;
  readonly default: Action;
  /**
   * Call numbers that no rule names and that answer ENOSYS; every number from `firstUnknown` on that no rule names
   * does so as well, except -1 (a call that a tracer has cancelled), which answers `default`.
   */
  readonly unsupported: readonly number[];
  readonly firstUnknown: number;
  readonly rules: readonly Rule[];
  /** When one of these matches, the answer is allow, whatever `rules` say. Their `action` is allow. */
  readonly overrides: readonly Rule[];
  /** The overrides hold for calls whose next instruction lies here; `undefined`: for all. */
  readonly overridesAt?: bigint | undefined;
  /**
   * Another answer in the place of kill_process; `undefined`: it kills. Which rule counts does not depend on it. Calls of
   * another ABI, calls from `overridesAt` and calls that one of `except` matches are killed all the same.
   */
  readonly kills?: { readonly as: Action; readonly except: readonly Rule[] } | undefined;
  /**
   * The frequencies of calls, by name and relative to each other. `undefined`: as programs usually make them. They change no
   * answer.
   */
  readonly weights?: ReadonlyMap<string, number> | undefined;
  /** The calls, by name, that the filter decides about; all others are allowed. `undefined`: it decides about all. */
  readonly scope: ReadonlySet<string> | undefined;
}
