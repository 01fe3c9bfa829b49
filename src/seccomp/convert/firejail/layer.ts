import type { Span } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import type { ForeignCondition } from '../foreign-condition.ts';

/** One of the filters that firejail loads one above the other; of their answers the most restrictive counts. */
export interface Layer {
  /** The answers that hold for all arguments, by the names of calls. */
  readonly calls: ReadonlyMap<string, Action>;
  /** The answers to calls that meet a condition. Other calls of these names are let through. */
  readonly tests: readonly LayerTest[];
  readonly otherwise: Action;
  readonly span: Span;
}

export interface LayerTest {
  readonly call: string;
  readonly condition: ForeignCondition;
  readonly action: Action;
}
