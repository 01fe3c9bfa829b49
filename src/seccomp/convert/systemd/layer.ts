import type { Action } from '../../action.ts';

/** A rule of systemd's filter for one call: the action where the condition holds. A rule without a condition always holds. */
export interface LayerRule {
  /** As in a rule of ours, for the call that it stands under. */
  readonly condition: string | undefined;
  readonly action: Action;
}

/** One of the filters that systemd stacks. A rule without a condition is the only one of its call. */
export interface Layer {
  /** The directive that the filter comes from, for comments: `RestrictNamespaces=`. */
  readonly directive: string;
  /** The answer where no rule holds. */
  readonly default: Action;
  /** The rules, by call. Calls that the architecture does not have may be among them. */
  readonly rules: ReadonlyMap<string, readonly LayerRule[]>;
}
