import type { Architecture } from '../../kernel/architecture.ts';
import { CONSTANT_NAMES, constantValue } from '../../kernel/constants.ts';
import { syscallArguments } from '../../kernel/system-calls.ts';
import { type ArgumentForm, argumentForm, type NamedArgument, OPEN_BITS } from './argument-forms.ts';

const ADDRESS = '...';

/** Numbers from here on are addresses where an argument may be either. */
const LOWEST_ADDRESS = 0x1_0000n;

/**
 * The arguments of a call as people write them: constants by name, modes in octal, addresses as `...`. An argument that the
 * call ignores is left out.
 */
export function argumentsText(call: string, args: readonly bigint[], architecture: Architecture): string {
  const declared = syscallArguments(call, architecture);
  if (declared === undefined) return args.map((value) => hexadecimal(value)).join(', ');
  const texts = declared.map((argument, index) => argumentText(call, argument, index, args, architecture));
  return texts.slice(0, usedArguments(call, args)).join(', ');
}

/** The number of arguments that count, by the values of others. */
function usedArguments(call: string, args: readonly bigint[]): number {
  const at = call === 'open' ? 1 : 2;
  switch (call) {
    case 'open':
    case 'openat':
      // O_CREAT and __O_TMPFILE; include/uapi/asm-generic/fcntl.h.
      return ((args[at] ?? 0n) & 0o20000100n) === 0n ? at + 1 : at + 2;
    case 'fcntl':
      return FCNTL_WITHOUT.has(Number(BigInt.asUintN(32, args[1] ?? 0n))) ? 2 : 3;
    case 'prctl': {
      const last = args.slice(0, 5).findLastIndex((value) => value !== 0n);
      return Math.max(2, last + 1);
    }
    default:
      return 6;
  }
}

/** F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE, F_GETPIPE_SZ, F_GET_SEALS; include/uapi/linux/fcntl.h. */
const FCNTL_WITHOUT: ReadonlySet<number> = new Set([1, 3, 9, 11, 1025, 1032, 1034]);

function argumentText(
  call: string,
  argument: NamedArgument,
  index: number,
  args: readonly bigint[],
  architecture: Architecture,
): string {
  const value = args[index] ?? 0n;
  const form = argumentForm(call, argument);
  if (form !== undefined) return formText(form, cut(value, argument.kind), index, args, architecture);
  if (argument.kind === 'pointer') return value === 0n ? 'NULL' : ADDRESS;
  return small(cut(value, argument.kind));
}

function cut(value: bigint, kind: string): bigint {
  if (kind === 'int16') return BigInt.asUintN(16, value);
  return kind === 'int32' ? BigInt.asUintN(32, value) : value;
}

function formText(
  form: ArgumentForm,
  value: bigint,
  index: number,
  args: readonly bigint[],
  architecture: Architecture,
): string {
  switch (form.kind) {
    case 'one':
      return constantName(value, form.pattern, architecture) ?? small(value);
    case 'flags':
      return value === 0n ? (form.zero ?? '0') : flagsText(value, form.pattern, architecture);
    case 'both': {
      const low = constantName(value & form.low, form.one, architecture) ?? `${value & form.low}`;
      const high = value & ~form.low;
      if (high === 0n) return low;
      const text = flagsText(high, form.flags, architecture);
      return low === '0' ? text : form.one.source.includes('SIG') ? `${text}|${low}` : `${low}|${text}`;
    }
    case 'number':
      return small(value);
    case 'octal':
      return value === 0n ? '0' : `0${value.toString(8)}`;
    case 'decimal':
      return value === 0xffff_ffffn || value === 0xffff_ffff_ffff_ffffn ? '-1' : `${value}`;
    case 'directory':
      return constantName(value, /^AT_FDCWD$/, architecture) ?? small(value);
    case 'option':
      return constantName(value, optionsOfLevel(args[index - 1] ?? 0n), architecture) ?? small(value);
    case 'command':
      return commandText(args, value, architecture);
    case 'either':
      return value >= LOWEST_ADDRESS ? ADDRESS : small(value);
  }
}

const NOTHING = /^(?!)/;

/** SOL_SOCKET, IPPROTO_TCP and others are numbers of two kinds: small ones are protocols. */
function optionsOfLevel(level: bigint): RegExp {
  switch (BigInt.asUintN(32, level)) {
    case 0n:
      return /^IP_(?!PMTUDISC_|DEFAULT_|PROTOCOL$)/;
    case 1n:
      return /^SO_(?!RCVTIMEO$|SNDTIMEO$|TIMESTAMP$|TIMESTAMPNS$|TIMESTAMPING$|GET_FILTER$)/;
    case 6n:
      return /^TCP_(?!MSS_|MD5SIG_|REPAIR_O|ENCAP_|RECEIVE_)/;
    case 17n:
      return /^UDP_(?!ENCAP_)/;
    case 41n:
      return /^IPV6_(?!PMTUDISC_|PRIORITY_|FL_|FLOWINFO_|PREFER_|TLV_)/;
    default:
      return NOTHING;
  }
}

/** The argument of fcntl by its command: flags of F_SETFD and F_SETFL, an address, else a number. */
function commandText(args: readonly bigint[], value: bigint, architecture: Architecture): string {
  switch (BigInt.asUintN(32, args[1] ?? 0n)) {
    case 2n:
      return constantName(value, /^FD_CLOEXEC$/, architecture) ?? small(value);
    case 4n:
      return value === 0n ? '0' : flagsText(value & ~3n, OPEN_BITS, architecture);
    default:
      return value >= LOWEST_ADDRESS ? ADDRESS : small(value);
  }
}

/** A name of exactly this value; negative constants match their 32 bits. */
function constantName(value: bigint, pattern: RegExp, architecture: Architecture): string | undefined {
  return CONSTANT_NAMES.find((name) => {
    if (!pattern.test(name)) return false;
    const constant = constantValue(name, architecture);
    return constant !== undefined && (constant === value || BigInt.asUintN(32, constant) === value);
  });
}

/** Constants of several bits first, then one for each bit; bits without a name are a number. */
function flagsText(value: bigint, pattern: RegExp, architecture: Architecture): string {
  let rest = value;
  const found: { readonly name: string; readonly bits: bigint }[] = [];
  for (const { name, bits } of namedBits(pattern, architecture)) {
    if ((rest & bits) !== bits) continue;
    rest &= ~bits;
    found.push({ name, bits });
  }
  found.sort((left, right) => (left.bits < right.bits ? -1 : 1));
  const names = found.map(({ name }) => name);
  return [...names, ...(rest === 0n ? [] : [hexadecimal(rest)])].join('|') || '0';
}

/** The constants of a pattern, those with the most bits first. */
function namedBits(
  pattern: RegExp,
  architecture: Architecture,
): readonly { readonly name: string; readonly bits: bigint }[] {
  return CONSTANT_NAMES.flatMap((name) => {
    const bits = pattern.test(name) ? constantValue(name, architecture) : undefined;
    return bits === undefined || bits <= 0n ? [] : [{ name, bits, count: countBits(bits) }];
  }).sort((left, right) => right.count - left.count);
}

function countBits(value: bigint): number {
  return value.toString(2).replaceAll('0', '').length;
}

/** A number as people read it: small ones in decimal, with their sign. */
function small(value: bigint): string {
  const signed = BigInt.asIntN(value < 1n << 32n ? 32 : 64, value);
  return signed > -1024n && signed < 1024n ? `${signed}` : hexadecimal(value);
}

function hexadecimal(value: bigint): string {
  return value < 1024n ? `${value}` : `0x${value.toString(16)}`;
}
