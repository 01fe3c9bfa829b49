import type { Architecture } from '../../../kernel/architecture.ts';
import { CONSTANT_NAMES, constantValue } from '../../../kernel/constants.ts';
import { ERRNO_NAMES, errnoNumber } from '../../../kernel/errno.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Unsaid } from '../foreign-condition.ts';
import { ForeignError, type ForeignTokens } from '../foreign-tokens.ts';

/** A number of 64 bits, or the reason why it is unknown. */
export type MinijailValue = bigint | Unsaid;

/**
 * Minijail's constants come from the C library's headers. There O_LARGEFILE is 0 on machines of 64 bits; in the kernel's it is a bit.
 */
const OF_THE_C_LIBRARY: ReadonlyMap<string, bigint> = new Map([['O_LARGEFILE', 0n]]);

/** value = constant { '|' constant } */
export function readValue(tokens: ForeignTokens, architecture: Architecture): MinijailValue {
  let value = readConstant(tokens, architecture);
  while (tokens.take('|') !== undefined) {
    const other = readConstant(tokens, architecture);
    value = typeof value === 'bigint' && typeof other === 'bigint' ? value | other : unsaidOf(value, other);
  }
  return value;
}

function unsaidOf(left: MinijailValue, right: MinijailValue): MinijailValue {
  return typeof left === 'bigint' ? right : left;
}

/** constant = [ '~' ] ( '(' value ')' | NUMBER | NAME ) */
function readConstant(tokens: ForeignTokens, architecture: Architecture): MinijailValue {
  const complement = tokens.take('~') !== undefined;
  const value = readUnsigned(tokens, architecture);
  return complement && typeof value === 'bigint' ? BigInt.asUintN(64, ~value) : value;
}

function readUnsigned(tokens: ForeignTokens, architecture: Architecture): MinijailValue {
  if (tokens.take('(') !== undefined) {
    const value = tokens.nested(() => readValue(tokens, architecture));
    tokens.expect(')');
    return value;
  }
  const { kind, text, span } = tokens.peek();
  if (kind === 'number') {
    tokens.next();
    return readNumber(text, span);
  }
  if (kind !== 'word') return tokens.fail('a number or the name of a constant');
  tokens.next();
  return namedConstant(text, span, architecture);
}

function namedConstant(name: string, span: Span, architecture: Architecture): MinijailValue {
  const errno = errnoNumber(name);
  const value =
    OF_THE_C_LIBRARY.get(name) ??
    constantValue(name, architecture) ??
    (errno === undefined ? undefined : BigInt(errno));
  if (value !== undefined) return BigInt.asUintN(64, value);
  const close = nearest(name.slice(0, 60), [...CONSTANT_NAMES, ...ERRNO_NAMES]);
  const help = close === undefined ? 'write its number' : `did you mean '${close}'? A number works as well`;
  return { kind: 'unsaid', why: `no constant is called '${name.slice(0, 60)}' here`, help, span };
}

/** A number as strtol(3) and strtoul(3) take it: decimal, `0x` or a leading 0 for octal; negative ones in two's complement. */
export function readNumber(text: string, span: Span): bigint {
  const [, minus, digits = ''] = /^(-?)(.*)$/.exec(text) ?? [];
  let value: bigint | undefined;
  if (digits.length <= 32) {
    if (/^0[xX][0-9a-fA-F]+$/.test(digits) || /^(0|[1-9][0-9]*)$/.test(digits)) value = BigInt(digits);
    else if (/^0[0-7]+$/.test(digits)) value = BigInt(`0o${digits}`);
  }
  const signed = value === undefined || minus === '' ? value : -value;
  if (signed === undefined || signed >= 1n << 64n || signed < -(1n << 63n)) {
    const help = 'decimal, hexadecimal (0xa) or octal (012), within 64 bits';
    throw new ForeignError('foreign-number', `'${text.slice(0, 40)}' is not a number`, span, help);
  }
  return BigInt.asUintN(64, signed);
}
