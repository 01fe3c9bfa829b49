import type { Positions } from '../../../policy/positions.ts';
import { ForeignError, type ForeignToken } from '../foreign-tokens.ts';

const SPACE = /[ \t\r\f\v]+/y;
const COMMENT = /#[^\n]*/y;
/** A statement goes on in the next line behind a backslash. */
const CONTINUATION = /\\\r?\n/y;
/** The operand of `@include` and `@frequency`. */
const PATH = /\S+/y;
const NUMBER = /-?[0-9][0-9A-Za-z_]*/y;
/** `@include`, calls, constants, and groups of calls: `name@namespace`. */
const WORD = /@[a-z]+|[A-Za-z_][A-Za-z_0-9@-]*/y;
const SYMBOL = /\|\||&&|==|!=|<=|>=|[:;,~(){}[\]|&<>=]/y;

const TAKE_A_PATH = ['@include', '@frequency'];

/** Splits a policy into its statements: lines, with those that a backslash continues. The last token of each marks its end. */
export function minijailStatements(
  text: string,
  positions: Positions,
): { readonly statements: readonly (readonly ForeignToken[])[]; readonly errors: readonly ForeignError[] } {
  const statements: ForeignToken[][] = [];
  const errors: ForeignError[] = [];
  let current: ForeignToken[] = [];
  let offset = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: ForeignToken['kind'], found: string): void => {
    current.push({ kind, text: found, span: positions.between(offset, offset + found.length) });
    offset += found.length;
  };
  const finish = (): void => {
    if (current.length > 0) {
      push('end', '');
      statements.push(current);
    }
    current = [];
  };
  while (offset < text.length) {
    const skipped = take(SPACE) ?? take(COMMENT) ?? take(CONTINUATION);
    const path = TAKE_A_PATH.includes(current.at(-1)?.text ?? '') ? take(PATH) : undefined;
    const number = take(NUMBER);
    const word = take(WORD);
    const symbol = take(SYMBOL);
    if (skipped !== undefined) offset += skipped.length;
    else if (text[offset] === '\n') {
      finish();
      offset += 1;
    } else if (path !== undefined) push('text', path);
    else if (number !== undefined) push('number', number);
    else if (word !== undefined) push('word', word);
    else if (symbol !== undefined) push('symbol', symbol);
    else {
      const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
      const span = positions.between(offset, offset + character.length);
      errors.push(new ForeignError('foreign-syntax', `'${character}' has no meaning here`, span));
      const newline = text.indexOf('\n', offset);
      offset = newline === -1 ? text.length : newline;
      current = [];
    }
  }
  finish();
  return { statements, errors };
}
