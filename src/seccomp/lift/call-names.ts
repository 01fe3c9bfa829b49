import type { Architecture } from '../../kernel/architecture.ts';
import { syscallName } from '../../kernel/system-calls.ts';
import { CANCELLED_CALL, X32_SYSCALL_BIT } from '../call-number.ts';

/** Returns the names of the calls whose numbers lie in a range, both ends included. Rules can name the first kind. */
export function callNames(
  { first, last }: { readonly first: number; readonly last: number },
  architecture: Architecture | undefined,
): readonly string[] {
  const names: string[] = [];
  let number = first;
  while (number <= last) {
    const name = architecture === undefined ? undefined : syscallName(number, architecture);
    if (name !== undefined) {
      names.push(name);
      number += 1;
      continue;
    }
    const end = endOfUnnamed(number, last, architecture);
    names.push(number === end ? numberName(number) : `${numberName(number)}..${numberName(end)}`);
    number = end + 1;
  }
  return names;
}

function endOfUnnamed(first: number, last: number, architecture: Architecture | undefined): number {
  if (first === CANCELLED_CALL) return first;
  const border = first < X32_SYSCALL_BIT ? X32_SYSCALL_BIT - 1 : CANCELLED_CALL - 1;
  const bound = Math.min(last, border);
  if (architecture === undefined) return bound;
  // Numbers of calls that have names are small; behind them nothing has a name.
  for (let number = first; number < bound && number < 4096; number += 1)
    if (syscallName(number + 1, architecture) !== undefined) return number;
  return bound;
}

function numberName(number: number): string {
  return number < X32_SYSCALL_BIT ? `syscall_${number}` : `0x${number.toString(16)}`;
}
