import type { Architecture } from '../../kernel/architecture.ts';
import { syscallArguments } from '../../kernel/system-calls.ts';
import type { Compare } from './conjunction.ts';

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** Returns the reason why the filter language has no words for a test of this call; `undefined` when it has. */
export function unsayable(compare: Compare, call: string, architecture: Architecture): string | undefined {
  const { argument, mask, comparison, value } = compare;
  const declared = syscallArguments(call, architecture);
  if (declared === undefined) return undefined;
  const known = declared[argument];
  if (known?.kind === 'pointer') {
    const isNull = value === 0n && mask === ALL_BITS && (comparison === '==' || comparison === '!=');
    return isNull
      ? undefined
      : `'${known.name}' of ${call} is an address (${known.type}), and what is there can change after the check`;
  }
  const numbered = declared.some(({ name }) => /^arg[0-5]$/.test(name));
  return known === undefined && numbered ? `${call} has no argument ${argument + 1}` : undefined;
}
