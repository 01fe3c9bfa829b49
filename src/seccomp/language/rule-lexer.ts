import { RuleError } from './problem.ts';
import type { Range } from './rule-syntax.ts';

export type Token = Range &
  (
    | { readonly kind: 'word'; readonly text: string }
    | { readonly kind: 'group'; readonly text: string }
    | { readonly kind: 'number'; readonly text: string; readonly value: bigint }
    | { readonly kind: 'symbol'; readonly text: string }
    | { readonly kind: 'end'; readonly text: '' }
  );

const SPACE = /\s+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const GROUP = /@[A-Za-z0-9_-]*/y;
/** A token that starts with a digit is meant as a number. */
const NUMBER = /[0-9][A-Za-z0-9_]*/y;
const SYMBOL = /->|&&|\|\||==|!=|<=|>=|\.\.|[(){},:<>!&|~-]/y;

const DECIMAL = /^(0|[1-9][0-9]*)$/;
const HEXADECIMAL = /^0[xX][0-9a-fA-F]+$/;
const OCTAL = /^0[oO]?([0-7]+)$/;

/** Help for characters that rules do not have: the usual intention behind each. */
const HELP: ReadonlyMap<string, string> = new Map([
  ['=', "equality is written '=='"],
  ['"', 'a filter sees numbers only, never the text that an argument points to'],
  ["'", 'a filter sees numbers only, never the text that an argument points to'],
]);

/** No argument is wider than 64 bits; 32 characters leave room for every spelling of such a number. */
const LONGEST_NUMBER = 32;

function numberValue(text: string, range: Range): bigint {
  if (text.length <= LONGEST_NUMBER) {
    if (DECIMAL.test(text) || HEXADECIMAL.test(text)) return BigInt(text);
    const octal = OCTAL.exec(text);
    if (octal !== null) return BigInt(`0o${octal[1]}`);
  }
  throw new RuleError(
    'rule-syntax',
    `'${text}' is not a number`,
    range,
    'numbers are decimal (10), hexadecimal (0xa) or octal (0o12 or 012)',
  );
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

/** Splits a rule into tokens; the last one is `end`. Throws a `RuleError`. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    const space = matchAt(SPACE, text, offset);
    if (space !== undefined) {
      offset += space.length;
      continue;
    }
    const token = tokenAt(text, offset);
    tokens.push(token);
    offset += token.length;
  }
  tokens.push({ kind: 'end', text: '', offset: text.length, length: 0 });
  return tokens;
}

function tokenAt(text: string, offset: number): Token {
  const word = matchAt(WORD, text, offset);
  if (word !== undefined) return { kind: 'word', text: word, offset, length: word.length };
  const group = matchAt(GROUP, text, offset);
  if (group !== undefined) return { kind: 'group', text: group, offset, length: group.length };
  const number = matchAt(NUMBER, text, offset);
  if (number !== undefined) {
    const range = { offset, length: number.length };
    return { kind: 'number', text: number, value: numberValue(number, range), ...range };
  }
  const symbol = matchAt(SYMBOL, text, offset);
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, offset, length: symbol.length };
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  const help = HELP.get(character);
  throw new RuleError(
    'rule-syntax',
    `'${character}' has no meaning here`,
    { offset, length: character.length },
    help,
  );
}
