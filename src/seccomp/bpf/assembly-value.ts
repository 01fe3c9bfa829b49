import type { Architecture } from '../../kernel/architecture.ts';
import { constantValue } from '../../kernel/constants.ts';
import { syscallNumber } from '../../kernel/system-calls.ts';
import { AssemblyError, type AssemblyReader, type AssemblyToken, numberOf } from './assembly-lexer.ts';
import { machineValue } from './word-names.ts';

/** Takes a number, or the name of a call, a machine or a constant. Throws an `AssemblyError`. */
export function readValue(reader: AssemblyReader, architecture: Architecture): number {
  const sign = reader.take('-');
  const token = reader.peek();
  if (token.kind === 'number') {
    const value = numberOf(reader.next(), 32);
    return sign === undefined ? value : -value >>> 0;
  }
  if (sign !== undefined) return reader.fail('a number');
  if (token.kind !== 'word') return reader.fail('a number or a name');
  return named(reader.next(), architecture);
}

function named(token: AssemblyToken, architecture: Architecture): number {
  const value = syscallNumber(token.text, architecture) ?? machineValue(token.text);
  if (value !== undefined) return value;
  const constant = constantValue(token.text, architecture);
  if (constant !== undefined && constant >= -0x8000_0000n && constant <= 0xffff_ffffn)
    return Number(BigInt.asUintN(32, constant));
  if (/^(arg[0-5]|ip)$/.test(token.text)) {
    const message = `'${token.text}' has 64 bits, a register 32`;
    throw new AssemblyError('asm-name', message, token, `write low(${token.text}) or high(${token.text})`);
  }
  const help = `names are those of system calls of ${architecture}, machines and constants; a number works as well`;
  throw new AssemblyError('asm-name', `nothing is called '${token.text}'`, token, help);
}
