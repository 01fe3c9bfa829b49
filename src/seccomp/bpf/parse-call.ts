import { type Architecture, AUDIT_ARCH, architectureOf } from '../../kernel/architecture.ts';
import { SYSTEM_CALL_NAMES, syscallNumber } from '../../kernel/system-calls.ts';
import { nearest } from '../../policy/nearest.ts';
import type { Action } from '../action.ts';
import { bareNumber } from '../call-number.ts';
import { readAction } from '../language/parse-action.ts';
import { parseValue } from '../language/parse-value.ts';
import { attempt, type Result, RuleError } from '../language/problem.ts';
import { resolveValue } from '../language/resolve-value.ts';
import type { ValueSyntax } from '../language/rule-syntax.ts';
import { TokenReader } from '../language/token-reader.ts';
import type { CallData } from './simulate.ts';
import { machineValue } from './word-names.ts';

/** A call as written down, with the answer that its author expects. */
export interface WrittenCall {
  /** The text without the expected answer. */
  readonly text: string;
  readonly data: CallData;
  readonly expected: Action | undefined;
}

const MACHINE = /^\s*(?<machine>[a-z0-9_]+)\s*:/;
const MOST_ARGUMENTS = 6;

/**
 * Reads a call such as `openat(AT_FDCWD, 0x1000, O_RDONLY)`: a name or a number, values as in rules, each a register of 64
 * bits. In front may stand a machine (`i386: 5(0x1000)`), behind it the address that follows the call (`at 0x10000`) and
 * the answer that is expected (`-> errno(EPERM)`).
 */
export function parseCall(text: string, architecture: Architecture): Result<WrittenCall> {
  return attempt(() => {
    const prefix = MACHINE.exec(text);
    const skipped = prefix?.[0].length ?? 0;
    try {
      return readCall(text, skipped, machineOf(prefix, architecture));
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      const { code, message, offset, length, help } = error.problem;
      // The offset counts from behind the machine.
      throw code === 'unknown-machine'
        ? error
        : new RuleError(code, message, { offset: offset + skipped, length }, help);
    }
  });
}

function machineOf(prefix: RegExpExecArray | null, architecture: Architecture): number {
  const name = prefix?.groups?.['machine'];
  if (prefix === null || name === undefined) return AUDIT_ARCH[architecture];
  const value = machineValue(name) ?? (/^0x[0-9a-f]{1,8}$/.test(name) ? Number(name) : undefined);
  if (value !== undefined) return value;
  const range = { offset: prefix[0].indexOf(name), length: name.length };
  const help = 'such as x86_64, aarch64, i386, or the number AUDIT_ARCH_* of another one';
  throw new RuleError('unknown-machine', `no machine is called '${name}'`, range, help);
}

function readCall(text: string, skipped: number, arch: number): WrittenCall {
  const reader = new TokenReader(text.slice(skipped));
  const architecture = architectureOf(arch);
  const nr = readNumber(reader, architecture);
  const args: bigint[] = [];
  if (reader.take('(') !== undefined && reader.take(')') === undefined) {
    do args.push(readRegister(reader, architecture ?? 'x86_64', args.length));
    while (reader.take(',') !== undefined);
    reader.expect(')');
  }
  const instructionPointer = reader.takeWord('at') === undefined ? 0n : readAddress(reader);
  const end = reader.peek().offset + skipped;
  const expected = reader.take('->') === undefined ? undefined : readAction(reader);
  if (reader.peek().kind !== 'end') reader.fail("'at', '->' or the end of the call");
  return { text: text.slice(0, end).trim(), data: { arch, nr, args, instructionPointer }, expected };
}

function readNumber(reader: TokenReader, architecture: Architecture | undefined): number {
  if (reader.take('-') !== undefined) {
    const token = reader.next();
    if (token.kind === 'number' && token.value === 1n) return 0xffff_ffff;
    throw new RuleError('unknown-call', '-1 is the only negative number of a call', token);
  }
  const token = reader.peek();
  if (token.kind === 'number') {
    if (token.value > 0xffff_ffffn)
      throw new RuleError('unknown-call', `the number of a call has 32 bits`, token);
    reader.next();
    return Number(token.value);
  }
  if (token.kind !== 'word')
    return reader.fail('the name or the number of a call', "such as 'write(1, 0x1000, 5)'");
  reader.next();
  const bare = bareNumber(token.text);
  if (bare !== undefined) return bare;
  if (architecture === undefined) {
    const help = 'names are known for x86_64 and aarch64';
    throw new RuleError(
      'unknown-call',
      'the calls of this machine have no names here',
      token,
      `${help}; write the number`,
    );
  }
  const number = syscallNumber(token.text, architecture);
  if (number !== undefined) return number;
  const close = nearest(token.text, SYSTEM_CALL_NAMES);
  const elsewhere = SYSTEM_CALL_NAMES.includes(token.text);
  const message = elsewhere
    ? `${architecture} has no system call '${token.text}'`
    : `no system call is named '${token.text}'`;
  const help = elsewhere || close === undefined ? 'a number works as well' : `did you mean '${close}'?`;
  throw new RuleError('unknown-call', message, token, help);
}

function readRegister(reader: TokenReader, architecture: Architecture, before: number): bigint {
  const token = reader.peek();
  if (before === MOST_ARGUMENTS)
    throw new RuleError('unknown-argument', `a call has at most ${MOST_ARGUMENTS} arguments`, token);
  const syntax: ValueSyntax = parseValue(reader);
  if (syntax.kind === 'name' && syntax.name === 'NULL') return 0n;
  return resolveValue(syntax, 64, architecture).value;
}

function readAddress(reader: TokenReader): bigint {
  const token = reader.peek();
  if (token.kind !== 'number' || token.value >= 1n << 64n) return reader.fail('an address of 64 bits');
  reader.next();
  return token.value;
}
