import type { SystemCallArgument } from '../../kernel/system-call.ts';
import { syscallArguments, syscallName } from '../../kernel/system-calls.ts';
import type { Filter } from '../filter.ts';
import { KERNEL_BITS } from '../language/resolve-argument.ts';
import { type Compare, comparesOf } from './exact-rules.ts';

/** Calls whose length says how large a limit has to be. */
const MEASURED: ReadonlySet<string> = new Set(['mlock', 'mlock2']);

/** Numbers that a process chooses or that are given to it. No rule of a group asks for their value. */
const CHOSEN: ReadonlySet<string> = new Set(['dfd', 'fd', 'newfd', 'olddfd', 'oldfd', 'newdfd']);

/** Processes: rules of groups ask only whether a number is 0, which means the caller. */
const PROCESSES: ReadonlySet<string> = new Set(['pid', 'tgid', 'upid']);

/**
 * A call without what differs each time: calls of one kind have one explanation under a filter, but for the text of their
 * arguments. Addresses, lengths, descriptors and numbers of processes count only where a rule of the filter asks for them, and
 * registers that the call does not have never do.
 */
export function callKind(
  filter: Pick<Filter, 'architecture' | 'rules'>,
  nr: number,
  args: readonly bigint[] | undefined,
): string {
  if (args === undefined) return `${nr}`;
  const call = syscallName(nr, filter.architecture) ?? '';
  const compares = filter.rules.flatMap((rule) => (rule.call === call ? comparesOf(rule.condition) : []));
  const kinds = (syscallArguments(call, filter.architecture) ?? []).map((argument, index) => {
    const own = compares.filter((compare) => compare.argument === index);
    return valueKind(call, argument, args[index] ?? 0n, own);
  });
  return [nr, ...kinds].join(' ');
}

function valueKind(
  call: string,
  { name, type, kind }: SystemCallArgument,
  raw: bigint,
  compares: readonly Compare[],
): string {
  const isCompared = compares.length > 0;
  const isWide = compares.some(({ width }) => width === 64);
  const value = BigInt.asUintN(isWide ? 64 : KERNEL_BITS[kind], raw);
  if (kind === 'pointer' || PROCESSES.has(name))
    return value !== 0n && compares.every(asksForZero) ? 'other' : `${value}`;
  const isLength = type === 'size_t' && !MEASURED.has(call);
  return !isCompared && (isLength || CHOSEN.has(name)) ? 'any' : `${value}`;
}

function asksForZero({ comparison, mask, value, width }: Compare): boolean {
  return /^[=!]=$/.test(comparison) && value === 0n && mask === BigInt.asUintN(width, -1n);
}
