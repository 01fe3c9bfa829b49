import type { Architecture } from '../../../kernel/architecture.ts';
import { syscallArguments } from '../../../kernel/system-calls.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Comparison } from '../../condition.ts';
import { KERNEL_BITS } from '../../language/resolve-argument.ts';
import type { Compare } from '../conjunction.ts';
import { argumentIndex, type ForeignCondition, foreignTest } from '../foreign-condition.ts';

const ALL_BITS = 0xffff_ffff_ffff_ffffn;
const LOW_BITS = 0xffff_ffffn;

/** One side of a comparison: bits of at most one argument, and bits that are always set. */
export type Operand =
  | { readonly kind: 'number'; readonly value: bigint }
  /** (argument & mask) | set, with no bit in both. */
  | {
      readonly kind: 'bits';
      readonly name: string;
      readonly mask: bigint;
      readonly set: bigint;
      readonly wide: boolean;
    }
  /** More than one argument. */
  | { readonly kind: 'mixed'; readonly wide: boolean };

/** `wide`: a number above 32 bits makes the whole comparison one of 64 bits. */
export function combine(operator: '&' | '|', left: Operand, right: Operand): Operand {
  if (left.kind === 'number' && right.kind === 'number') {
    const value = operator === '&' ? left.value & right.value : left.value | right.value;
    return { kind: 'number', value };
  }
  const wide = isWide(left) || isWide(right);
  const bits = left.kind === 'bits' ? left : right;
  const number = left.kind === 'number' ? left : right;
  if (bits.kind !== 'bits' || number.kind !== 'number') return { kind: 'mixed', wide };
  const { value } = number;
  return operator === '&'
    ? { ...bits, mask: bits.mask & value, set: bits.set & value, wide }
    : { ...bits, mask: bits.mask & ~value & ALL_BITS, set: bits.set | value, wide };
}

export function argumentOperand(name: string): Operand {
  return { kind: 'bits', name, mask: ALL_BITS, set: 0n, wide: false };
}

function isWide(operand: Operand): boolean {
  return operand.kind === 'number' ? operand.value > LOW_BITS : operand.wide;
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

const HOLDS: Readonly<Record<Comparison, (left: bigint, right: bigint) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** The arguments that a rule can name, and on how many bits each is compared unless a number is wider. */
export type ArgumentNames = ReadonlyMap<
  string,
  { readonly index: Compare['argument']; readonly width: 32 | 64 }
>;

/** The names of the kernel's prototype. Kafel compares arguments of 32 bits or fewer there on 32 bits. */
export function kernelArguments(call: string, architecture: Architecture): ArgumentNames {
  const declared = syscallArguments(call, architecture) ?? [];
  return new Map(
    declared.flatMap(({ name, kind }, position) => {
      const index = argumentIndex(position);
      return index === undefined
        ? []
        : [[name, { index, width: KERNEL_BITS[kind] === 64 ? 64 : 32 }] as const];
    }),
  );
}

/** The names that a rule declares itself: `write(a, b)`. Kafel compares these on 64 bits. */
export function declaredArguments(names: readonly string[]): ArgumentNames {
  return new Map(
    names.flatMap((name, position) => {
      const index = argumentIndex(position);
      return index === undefined ? [] : [[name, { index, width: 64 }] as const];
    }),
  );
}

/** `left comparison right` as a test of one call. */
export function comparison(
  left: Operand,
  operator: Comparison,
  right: Operand,
  names: ArgumentNames,
  span: Span,
): ForeignCondition {
  if (left.kind === 'number' && right.kind === 'number')
    return { kind: HOLDS[operator](left.value, right.value) ? 'true' : 'false' };
  if (left.kind === 'number') return comparison(right, MIRRORED[operator], left, names, span);
  if (left.kind === 'mixed' || right.kind !== 'number')
    return {
      kind: 'unsaid',
      why: 'a filter of ours compares an argument with a number only',
      help: undefined,
      span,
    };
  const argument = names.get(left.name);
  if (argument === undefined) {
    const close = nearest(left.name.slice(0, 60), names.keys());
    const known =
      names.size === 0
        ? 'its arguments have no known names'
        : `its arguments are ${[...names.keys()].join(', ')}`;
    const help = close === undefined ? known : `did you mean '${close}'?`;
    return { kind: 'unsaid', why: `no argument is called '${left.name.slice(0, 60)}'`, help, span };
  }
  const width = argument.width === 64 || isWide(left) || isWide(right) ? 64 : 32;
  const mask = BigInt.asUintN(width, left.mask);
  const set = BigInt.asUintN(width, left.set);
  const { value } = right;
  if (operator === '==' || operator === '!=') {
    if ((value & set) !== set) return { kind: operator === '==' ? 'false' : 'true' };
    return foreignTest(argument.index, width, mask, operator, value & ~set, span);
  }
  if (set === 0n) return foreignTest(argument.index, width, mask, operator, value, span);
  return { kind: 'unsaid', why: `bits set by '|' cannot be ordered against a number`, help: undefined, span };
}
