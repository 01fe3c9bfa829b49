import { AUDIT_ARCH } from '../../kernel/architecture.ts';
import { CANCELLED_CALL, X32_SYSCALL_BIT } from '../../seccomp/call-number.ts';
import type { CallData, Filter } from '../../seccomp/index.ts';
import { decidingRule } from '../../seccomp/prove/deciding-rule.ts';

/** The line of a policy that decides about a call, or why none does. */
export type Reason =
  | {
      readonly rule: {
        readonly file: string;
        readonly line: number;
        readonly column: number;
        readonly text: string;
      };
    }
  /** A rule that every policy has unless it writes others. */
  | { readonly default: string }
  | { readonly none: string };

/** No rule has the call. */
export const BY_DEFAULT: Reason = { none: 'the default of the policy' };

/**
 * Finds it by the rules themselves, not by the program that was made from them.
 *
 * @param texts the texts that the places of the filter refer to, by the name of the file
 * @param isDefault whether the answer is the default's
 */
export function reasonFor(
  filter: Filter,
  call: CallData,
  texts: ReadonlyMap<string, string>,
  isDefault: boolean,
): Reason {
  const { architecture } = filter;
  if (call.arch !== AUDIT_ARCH[architecture])
    return { none: `the filter is for ${architecture} and refuses every other machine` };
  const rule = decidingRule(filter, call);
  if (rule?.source !== undefined) {
    const { file, line, column, length } = rule.source;
    const source = texts.get(file)?.split(/\r?\n/)[line - 1] ?? '';
    return { rule: { file, line, column, text: source.slice(column - 1, column - 1 + length) } };
  }
  if (rule?.written !== undefined) return { default: rule.written };
  if (rule?.call === 'execve' || rule?.call === 'execveat')
    return { none: "'exec' of the policy, which decides about starting programs" };
  if (rule !== undefined) return { none: 'what this call does stands in memory, and no rule names it' };
  const isX32 = architecture === 'x86_64' && call.nr >= X32_SYSCALL_BIT && call.nr !== CANCELLED_CALL;
  if (isX32) return { none: 'a number of the x32 ABI, all of which are refused' };
  if (isDefault) return BY_DEFAULT;
  return { none: "no rule names the call, and the policy's kernel does not have it" };
}
