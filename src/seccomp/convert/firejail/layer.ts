import type { Span } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import type { ForeignCondition } from '../foreign-condition.ts';

/** One of the filters that firejail loads one above the other; of their answers the most restrictive counts. */
export interface Layer {
  /** What it answers whatever the arguments are, by the names of calls. */
  readonly calls: ReadonlyMap<string, Action>;
  /** What it answers to calls that meet a condition; other calls of these names it lets through. */
  readonly tests: readonly LayerTest[];
  readonly otherwise: Action;
  readonly span: Span;
}

export interface LayerTest {
  readonly call: string;
  readonly condition: ForeignCondition;
  readonly action: Action;
}
