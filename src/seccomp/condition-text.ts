import type { Architecture } from '../kernel/architecture.ts';
import { syscallArguments } from '../kernel/system-calls.ts';
import type { Condition } from './condition.ts';
import { KERNEL_BITS } from './resolve-argument.ts';

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

type Compare = Extract<Condition, { kind: 'compare' }>;

/** How tightly the text binds: `||` 0, `&&` 1, anything else 2. */
type Binding = 0 | 1 | 2;

/** A condition as rules spell it, with the call's argument names; `always` and `never` stand for the constants. */
export function conditionText(condition: Condition, call: string, architecture: Architecture): string {
  return text(condition, call, architecture, 0);
}

function text(condition: Condition, call: string, architecture: Architecture, binding: Binding): string {
  switch (condition.kind) {
    case 'true':
      return 'always';
    case 'false':
      return 'never';
    case 'not': {
      const set = setText(condition.term, call, architecture, 'not in');
      return set ?? `!(${text(condition.term, call, architecture, 0)})`;
    }
    case 'and':
    case 'or': {
      const set = setText(condition, call, architecture, 'in');
      if (set !== undefined) return set;
      const own = condition.kind === 'and' ? 1 : 0;
      const terms = condition.terms.map((term) => text(term, call, architecture, own === 1 ? 2 : 1));
      const joined = terms.join(own === 1 ? ' && ' : ' || ');
      return own < binding ? `(${joined})` : joined;
    }
    case 'compare':
      return compareText(condition, call, architecture);
  }
}

function compareText(compare: Compare, call: string, architecture: Architecture): string {
  const { argument, width, mask, comparison, value } = compare;
  const declared = syscallArguments(call, architecture)?.[argument];
  if (declared?.kind === 'pointer' && width === 64 && mask === ALL_BITS)
    return `${declared.name} ${comparison} ${value === 0n ? 'NULL' : number(value)}`;
  return `${operandText(compare, call, architecture)} ${comparison} ${number(value)}`;
}

/** One value of a set, or a range of which both ends belong to it. */
interface Member {
  readonly operand: Compare;
  readonly text: string;
}

function memberOf(condition: Condition): Member | undefined {
  if (condition.kind === 'compare')
    return condition.comparison === '==' ? { operand: condition, text: number(condition.value) } : undefined;
  if (condition.kind !== 'and' || condition.terms.length !== 2) return undefined;
  const [low, high] = condition.terms;
  if (low?.kind !== 'compare' || high?.kind !== 'compare' || !isSameOperand(low, high)) return undefined;
  if (low.comparison !== '>=' || high.comparison !== '<=' || low.value > high.value) return undefined;
  return { operand: low, text: `${number(low.value)}..${number(high.value)}` };
}

function isSameOperand(first: Compare, second: Compare): boolean {
  return first.argument === second.argument && first.width === second.width && first.mask === second.mask;
}

/** A condition on one operand as a set; `undefined` where it is none, or a single value. */
function setText(
  condition: Condition,
  call: string,
  architecture: Architecture,
  word: 'in' | 'not in',
): string | undefined {
  const terms = condition.kind === 'or' ? condition.terms : [condition];
  const members = terms.map(memberOf).filter((member) => member !== undefined);
  const [first] = members;
  if (first === undefined || members.length < terms.length || condition.kind === 'compare') return undefined;
  if (!members.every(({ operand }) => isSameOperand(operand, first.operand))) return undefined;
  const { argument, width } = first.operand;
  if (syscallArguments(call, architecture)?.[argument]?.kind === 'pointer' && width === 64) return undefined;
  return `${operandText(first.operand, call, architecture)} ${word} {${members.map(({ text: member }) => member).join(', ')}}`;
}

/** The argument with what is compared of it. */
function operandText({ argument, width, mask }: Compare, call: string, architecture: Architecture): string {
  const declared = syscallArguments(call, architecture)?.[argument];
  const name = declared?.name ?? `arg${argument}`;
  const bits = declared === undefined ? 64 : KERNEL_BITS[declared.kind];
  // A mask that lets no other bits through says as much as a width.
  const isKernels =
    mask <= BigInt.asUintN(bits, -1n) && (width === bits || bits <= 32 || mask !== 0xffff_ffffn);
  const isNamed = declared !== undefined || !takesNames(call, architecture);
  const written = isKernels && isNamed ? name : `${name}:${width}`;
  const all = BigInt.asUintN(isKernels ? bits : width, -1n);
  return mask === all ? written : `${written} & ${number(mask)}`;
}

/** Registers behind the last argument have no name, and are compared only as they are written. */
function takesNames(call: string, architecture: Architecture): boolean {
  return syscallArguments(call, architecture) !== undefined;
}

function number(value: bigint): string {
  return value < 1024n ? `${value}` : `0x${value.toString(16)}`;
}
