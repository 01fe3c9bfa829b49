import type { Architecture } from '../../kernel/architecture.ts';
import { CONSTANT_NAMES, constantValue } from '../../kernel/constants.ts';
import { nearest } from '../../policy/nearest.ts';
import { RuleError } from './problem.ts';
import type { ValueSyntax } from './rule-syntax.ts';

export interface ResolvedValue {
  /** Two's complement in the argument's width. */
  readonly value: bigint;
  /** Written as, or named after, a negative number. */
  readonly negative: boolean;
}

/** Looks up names and fits a value into an argument. Throws a `RuleError`. */
export function resolveValue(
  syntax: ValueSyntax,
  bits: 16 | 32 | 64,
  architecture: Architecture,
): ResolvedValue {
  switch (syntax.kind) {
    case 'number':
      return fitBits(syntax.value, `${syntax.value}`, syntax, bits);
    case 'name':
      return fitBits(named(syntax, architecture), syntax.name, syntax, bits);
    case 'complement': {
      const { value } = resolveValue(syntax.of, bits, architecture);
      return { value: BigInt.asUintN(bits, ~value), negative: false };
    }
    case 'union': {
      const parts = syntax.parts.map((part) => resolveValue(part, bits, architecture));
      return {
        value: parts.reduce((union, part) => union | part.value, 0n),
        negative: parts.some((part) => part.negative),
      };
    }
  }
}

function fitBits(value: bigint, text: string, syntax: ValueSyntax, bits: 16 | 32 | 64): ResolvedValue {
  const lowest = bits === 16 ? 0n : -(1n << BigInt(bits - 1));
  if (value < lowest || value >= 1n << BigInt(bits)) {
    const shown = syntax.kind === 'name' ? `${text} (${value})` : text;
    throw new RuleError(
      'value-too-wide',
      `${shown} does not fit into an argument of ${bits} bits`,
      syntax,
      `the kernel looks at ${bits} bits of this argument only, so the test could never be what it seems`,
    );
  }
  return { value: BigInt.asUintN(bits, value), negative: value < 0n };
}

function named(syntax: Extract<ValueSyntax, { kind: 'name' }>, architecture: Architecture): bigint {
  const { name } = syntax;
  const value = constantValue(name, architecture);
  if (value !== undefined) return value;
  if (name === 'NULL') {
    throw new RuleError(
      'null-for-number',
      'NULL is for pointers; this argument is a number',
      syntax,
      "write '0'",
    );
  }
  if (CONSTANT_NAMES.includes(name)) {
    throw new RuleError('unknown-constant', `${architecture} has no constant '${name}'`, syntax);
  }
  const close = nearest(name, CONSTANT_NAMES);
  throw new RuleError(
    'unknown-constant',
    `no constant is called '${name}'`,
    syntax,
    close === undefined
      ? 'constants have the names of the kernel headers; a number works as well'
      : `did you mean '${close}'?`,
  );
}
