import type { Comparison } from '../condition.ts';

/** A piece of a rule's text: offsets in UTF-16 units. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A value as written, before the argument's width is known. */
export type ValueSyntax = Range &
  (
    | { readonly kind: 'number'; readonly value: bigint }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'union'; readonly parts: readonly ValueSyntax[] }
    | { readonly kind: 'complement'; readonly of: ValueSyntax }
  );

/** One member of a set; `high` is there for a range, which includes both ends. */
export interface MemberSyntax {
  readonly low: ValueSyntax;
  readonly high: ValueSyntax | undefined;
}

/** An argument as written, with its mask. */
export interface OperandSyntax {
  readonly argument: Range & {
    readonly name: string;
    /** The written number of compared bits of the register; it replaces the kernel's. */
    readonly width: 32 | 64 | undefined;
  };
  readonly mask: ValueSyntax | undefined;
}

/** A condition as written: names are not looked up yet. */
export type ConditionSyntax = Range &
  (
    | { readonly kind: 'and' | 'or'; readonly terms: readonly ConditionSyntax[] }
    | { readonly kind: 'not'; readonly term: ConditionSyntax }
    | {
        readonly kind: 'compare';
        readonly operand: OperandSyntax;
        readonly comparison: Comparison;
        readonly value: ValueSyntax;
      }
    | {
        readonly kind: 'in';
        readonly operand: OperandSyntax;
        readonly negated: boolean;
        readonly members: readonly MemberSyntax[];
      }
  );

/** The target of a rule: a call by name, or a group by its name with `@`. */
export type TargetSyntax = Range & { readonly kind: 'call' | 'group'; readonly name: string };
