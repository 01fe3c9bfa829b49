export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** Arguments count from 0. */
export type ArgumentIndex = 0 | 1 | 2 | 3 | 4 | 5;

/** A test of the call's arguments. All orders are unsigned, as in the kernel's BPF. */
export type Condition =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'and'; readonly terms: readonly Condition[] }
  | { readonly kind: 'or'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | {
      readonly kind: 'compare';
      readonly argument: ArgumentIndex;
      /** 32: only the low word counts, as the kernel truncates an `int`. */
      readonly width: 32 | 64;
      /** The argument is and-ed with this first; all ones when no mask was written. */
      readonly mask: bigint;
      readonly comparison: Comparison;
      /** Below 2^width. */
      readonly value: bigint;
    };
