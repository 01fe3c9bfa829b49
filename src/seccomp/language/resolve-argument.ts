import type { Architecture } from '../../kernel/architecture.ts';
import type { ArgumentKind, SystemCallArgument } from '../../kernel/system-call.ts';
import { syscallArguments } from '../../kernel/system-calls.ts';
import { nearest } from '../../policy/nearest.ts';
import type { ArgumentIndex } from '../condition.ts';
import { RuleError } from './problem.ts';
import type { OperandSyntax } from './rule-syntax.ts';

export interface ResolvedArgument {
  readonly index: ArgumentIndex;
  readonly name: string;
  readonly kind: ArgumentKind;
  /** The C type, for messages. */
  readonly type: string;
  /** The number of compared bits. By default it is the number that the kernel looks at. */
  readonly bits: 16 | 32 | 64;
}

const INDICES: readonly ArgumentIndex[] = [0, 1, 2, 3, 4, 5];
/** The bits of an argument that the kernel looks at. */
export const KERNEL_BITS: Readonly<Record<ArgumentKind, 16 | 32 | 64>> = {
  int16: 16,
  int32: 32,
  int64: 64,
  pointer: 64,
};

const POSITION = /^arg([0-5])$/;

/**
 * Finds an argument by the kernel's name or by position.
 *
 * The prototypes of prctl, keyctl and some others count from one (`arg2` is the second); there the kernel's names
 * count and positions are refused, because `arg2` would mean two things.
 */
export function resolveArgument(
  call: string,
  { name, width, offset, length }: OperandSyntax['argument'],
  architecture: Architecture,
): ResolvedArgument {
  const range = { offset, length };
  const args = syscallArguments(call, architecture);
  const position = POSITION.exec(name);
  if (args === undefined) {
    const index = INDICES.find((candidate) => String(candidate) === position?.[1]);
    if (index !== undefined) return { index, name, kind: 'int64', type: 'unknown type', bits: width ?? 64 };
    throw new RuleError(
      'unknown-argument',
      `the arguments of ${call} have no known names`,
      range,
      "name them by position, 'arg0' to 'arg5'; they are compared on 64 bits",
    );
  }
  const numbered = args.some((argument) => POSITION.test(argument.name));
  const index = INDICES.find((candidate) => {
    const argument = args[candidate];
    return (
      argument?.name === name || (!numbered && argument !== undefined && String(candidate) === position?.[1])
    );
  });
  const beyond = INDICES.find((candidate) => candidate >= args.length && String(candidate) === position?.[1]);
  if (beyond !== undefined && !numbered && width !== undefined)
    return { index: beyond, name, kind: 'int64', type: 'a register that the call does not use', bits: width };
  const argument = index === undefined ? undefined : args[index];
  if (index === undefined || argument === undefined) throw unknownArgument(call, name, args, range);
  return { index, ...argument, bits: width ?? KERNEL_BITS[argument.kind] };
}

function unknownArgument(
  call: string,
  name: string,
  args: readonly SystemCallArgument[],
  range: { readonly offset: number; readonly length: number },
): RuleError {
  if (args.length === 0) return new RuleError('unknown-argument', `${call} takes no arguments`, range);
  const names = args.map((argument) => argument.name);
  const close = POSITION.test(name) ? undefined : nearest(name, names);
  const list = `${call} takes ${names.join(', ')}`;
  return new RuleError(
    'unknown-argument',
    `${call} has no argument '${name}'`,
    range,
    close === undefined ? list : `did you mean '${close}'? ${list}`,
  );
}
