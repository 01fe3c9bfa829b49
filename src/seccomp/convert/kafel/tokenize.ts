import { type Positions, positionsOf } from '../../../policy/positions.ts';
import { ForeignError, type ForeignToken } from '../foreign-tokens.ts';
import type { ImportOptions } from '../imported.ts';
import { Inclusion } from '../inclusion.ts';

/** As Kafel has it. */
const MOST_INCLUDES = 16;

/** A file may include others again and again; the sum of them is bounded. */
const MOST_TOKENS = 200_000;

const SPACE = /\s+/y;
const LINE_COMMENT = /\/\/[^\n]*/y;
const COMMENT = /\/\*[\s\S]*?\*\//y;
const DEFINE = /#[ \t]*define\b/y;
const INCLUDE = /#include\b/y;
const INCLUDED = /[ \t]+"([^"\n]+)"/y;
const INCLUDE_END = /[ \t]*(?:[\n;]|$)/y;
const NUMBER = /-?[0-9][0-9A-Za-z_]*/y;
const WORD = /[A-Za-z][A-Za-z0-9_]*/y;
const SYMBOL = /\|\||&&|==|!=|<=|>=|[()[\]{},!|&<>]/y;

/** The tokens of a policy, with those of included files in their place. `#define` is one token. Throws a `ForeignError`. */
export function kafelTokens(text: string, options: ImportOptions): readonly ForeignToken[] {
  const lexer = new Lexer(options);
  lexer.file(text, options.file, 0);
  return lexer.tokens;
}

class Lexer {
  readonly tokens: ForeignToken[] = [];
  readonly #inclusion: Inclusion;

  constructor(options: ImportOptions) {
    this.#inclusion = new Inclusion(options, MOST_INCLUDES);
  }

  file(text: string, file: string, depth: number): void {
    const positions = positionsOf(file, text);
    let offset = 0;
    while (offset < text.length) {
      offset += (
        match(SPACE, text, offset) ??
        match(LINE_COMMENT, text, offset) ??
        match(COMMENT, text, offset) ??
        this.#includes(text, offset, positions, depth) ??
        this.#token(text, offset, positions)
      ).length;
    }
  }

  #token(text: string, offset: number, positions: Positions): string {
    const kinds = [
      ['symbol', DEFINE],
      ['number', NUMBER],
      ['word', WORD],
      ['symbol', SYMBOL],
    ] as const;
    for (const [kind, pattern] of kinds) {
      const found = match(pattern, text, offset);
      if (found === undefined) continue;
      if (this.tokens.length >= MOST_TOKENS) {
        const span = positions.between(offset, offset + found.length);
        throw new ForeignError('source-too-large', `more than ${MOST_TOKENS} words and signs`, span);
      }
      const span = positions.between(offset, offset + found.length);
      this.tokens.push({ kind, text: pattern === DEFINE ? '#define' : found, span });
      return found;
    }
    const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
    const span = positions.between(offset, offset + character.length);
    const open = text.startsWith('/*', offset);
    throw new ForeignError(
      'foreign-syntax',
      open ? 'this comment has no end' : `'${character}' has no meaning here`,
      span,
      open ? "it ends with '*/'" : undefined,
    );
  }

  /** `#include "a" "b"`, up to the end of the line or a semicolon. */
  #includes(text: string, start: number, positions: Positions, depth: number): string | undefined {
    const keyword = match(INCLUDE, text, start);
    if (keyword === undefined) return undefined;
    let offset = start + keyword.length;
    for (;;) {
      const found = match(INCLUDED, text, offset);
      if (found === undefined) break;
      const span = positions.between(offset + found.indexOf('"'), offset + found.length);
      const path = found.trim().slice(1, -1);
      const included = this.#inclusion.open(path, span, depth);
      this.file(included.text, included.file, depth + 1);
      offset += found.length;
    }
    const end = match(INCLUDE_END, text, offset);
    if (end === undefined || offset === start + keyword.length) {
      const span = positions.between(offset, offset + 1);
      throw new ForeignError('foreign-syntax', 'expected the name of a file in double quotes', span);
    }
    return text.slice(start, offset + end.length);
  }
}

function match(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
