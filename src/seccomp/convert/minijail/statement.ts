import type { Span } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import type { ForeignCall } from '../foreign-calls.ts';
import type { ForeignCondition } from '../foreign-condition.ts';

/** One filter of a statement: the answer when the expression holds. */
export interface MinijailFilter {
  /** `undefined`: always. */
  readonly expression: ForeignCondition | undefined;
  /** `undefined`: nothing but the expression is written. */
  readonly action: Action | undefined;
  /** From the filter's first sign to its last. */
  readonly span: Span;
}

/** `open: arg1 == 0; return EPERM` */
export interface MinijailStatement {
  readonly calls: readonly ForeignCall[];
  readonly filters: readonly MinijailFilter[];
  /** `expression; return E` without braces, which minijail0 and compile_seccomp_policy read differently. */
  readonly twofold: boolean;
  /** The filters as they are written, on one line. */
  readonly text: string;
  readonly span: Span;
}
