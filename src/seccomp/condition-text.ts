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
    case 'not':
      return `!(${text(condition.term, call, architecture, 0)})`;
    case 'and':
    case 'or': {
      const own = condition.kind === 'and' ? 1 : 0;
      const terms = condition.terms.map((term) => text(term, call, architecture, own === 1 ? 2 : 1));
      const joined = terms.join(own === 1 ? ' && ' : ' || ');
      return own < binding ? `(${joined})` : joined;
    }
    case 'compare':
      return compareText(condition, call, architecture);
  }
}

function compareText(
  { argument, width, mask, comparison, value }: Compare,
  call: string,
  architecture: Architecture,
): string {
  const declared = syscallArguments(call, architecture)?.[argument];
  const name = declared?.name ?? `arg${argument}`;
  if (declared?.kind === 'pointer' && width === 64 && mask === ALL_BITS)
    return `${name} ${comparison} ${value === 0n ? 'NULL' : number(value)}`;
  const bits = declared === undefined ? 64 : KERNEL_BITS[declared.kind];
  const isKernels = bits === width || (bits === 16 && width === 32 && mask <= 0xffffn);
  const written =
    isKernels && (declared !== undefined || !takesNames(call, architecture)) ? name : `${name}:${width}`;
  const all = BigInt.asUintN(isKernels ? bits : width, -1n);
  return `${mask === all ? written : `${written} & ${number(mask)}`} ${comparison} ${number(value)}`;
}

/** Registers behind the last argument have no name, and are compared only as they are written. */
function takesNames(call: string, architecture: Architecture): boolean {
  return syscallArguments(call, architecture) !== undefined;
}

function number(value: bigint): string {
  return value < 1024n ? `${value}` : `0x${value.toString(16)}`;
}
