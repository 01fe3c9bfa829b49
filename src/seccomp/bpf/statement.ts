import type { AssemblyToken } from './assembly-lexer.ts';

/** An instruction whose targets are not known yet. */
export type Statement =
  | {
      readonly kind: 'plain';
      readonly code: number;
      readonly jt: number;
      readonly jf: number;
      readonly k: number;
    }
  | { readonly kind: 'jump'; readonly code: number; readonly target: AssemblyToken }
  | {
      readonly kind: 'branch';
      readonly code: number;
      readonly k: number;
      /** `undefined`: the next instruction. */
      readonly holds: AssemblyToken | undefined;
      readonly fails: AssemblyToken | undefined;
    };

export interface AssemblyLine {
  /** The names of the place that the line begins. */
  readonly labels: readonly AssemblyToken[];
  /** Absent where a line only names a place, or says nothing. */
  readonly statement: Statement | undefined;
}
