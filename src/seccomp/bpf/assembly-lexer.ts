/** A piece of a line of assembly. Columns count from 0. */
export interface AssemblyToken {
  readonly kind: 'number' | 'word' | 'symbol' | 'end';
  readonly text: string;
  readonly column: number;
}

/** A problem in a line, with its place there. */
export interface AssemblyProblem {
  readonly code: string;
  readonly message: string;
  readonly help: string | undefined;
  readonly column: number;
  readonly length: number;
}

/** Thrown inside the assembler to leave a line; never crosses its border. */
export class AssemblyError extends Error {
  readonly problem: AssemblyProblem;

  constructor(code: string, message: string, { column, text }: Omit<AssemblyToken, 'kind'>, help?: string) {
    super(message);
    this.name = 'AssemblyError';
    this.problem = { code, message, help, column, length: Math.max(1, text.length) };
  }
}

const SPACE = /\s+/y;
const TOKEN =
  /(?<number>[0-9][A-Za-z0-9_]*)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<symbol><<=|>>=|[-+*/|&^!<>=]=|[()[\]:=,<>&-])/y;

/** Help for characters that listings do not have: the usual intention behind each. */
const HELP: ReadonlyMap<string, string> = new Map([
  [';', "a comment begins with '#'"],
  ['/', "a comment begins with '#'"],
  ['!', "a test is turned round by its targets, or as in 'A != 5'"],
  ['$', 'numbers and names stand by themselves'],
]);

/** Splits a line; its comment is left out. Throws an `AssemblyError`. */
function tokenizeLine(line: string): readonly AssemblyToken[] {
  const comment = line.indexOf('#');
  const text = comment < 0 ? line : line.slice(0, comment);
  const tokens: AssemblyToken[] = [];
  let column = 0;
  for (;;) {
    SPACE.lastIndex = column;
    column += SPACE.exec(text)?.[0].length ?? 0;
    if (column >= text.length) break;
    TOKEN.lastIndex = column;
    const match = TOKEN.exec(text);
    if (match === null) {
      const character = String.fromCodePoint(text.codePointAt(column) ?? 0);
      const at = { text: character, column };
      throw new AssemblyError('asm-syntax', `'${character}' has no meaning here`, at, HELP.get(character));
    }
    const kind =
      match.groups?.['number'] !== undefined
        ? 'number'
        : match.groups?.['word'] !== undefined
          ? 'word'
          : 'symbol';
    tokens.push({ kind, text: match[0], column });
    column += match[0].length;
  }
  tokens.push({ kind: 'end', text: '', column: text.trimEnd().length });
  return tokens;
}

/** Walks over the tokens of a line. */
export class AssemblyReader {
  /** The line without its comment. */
  readonly text: string;
  readonly #tokens: readonly AssemblyToken[];
  #index = 0;

  constructor(line: string) {
    this.#tokens = tokenizeLine(line);
    this.text = line.slice(0, this.#peekEnd().column);
  }

  peek(ahead = 0): AssemblyToken {
    return this.#tokens[this.#index + ahead] ?? this.#peekEnd();
  }

  next(): AssemblyToken {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** Takes the word or symbol if it comes next. */
  take(text: string): AssemblyToken | undefined {
    const token = this.peek();
    return token.kind !== 'end' && token.text === text ? this.next() : undefined;
  }

  expect(text: string, help?: string): AssemblyToken {
    return this.take(text) ?? this.fail(`'${text}'`, help);
  }

  /** Throws "expected ..., found ..." at the next token. */
  fail(expected: string, help?: string): never {
    const token = this.peek();
    const found = token.kind === 'end' ? 'the end of the line' : `'${token.text}'`;
    throw new AssemblyError('asm-syntax', `expected ${expected}, found ${found}`, token, help);
  }

  #peekEnd(): AssemblyToken {
    const end = this.#tokens.at(-1);
    if (end === undefined) throw new RangeError('a line of tokens always has its end');
    return end;
  }
}

const NUMBER = /^(0|[1-9][0-9]*|0x[0-9a-fA-F]+)$/;
const LONGEST_NUMBER = 32;

/** A number of at most so many bits. Throws an `AssemblyError`. */
export function numberOf(token: AssemblyToken, bits: 8 | 16 | 32): number {
  if (token.text.length > LONGEST_NUMBER || !NUMBER.test(token.text)) {
    const help = 'numbers are decimal (10) or hexadecimal (0xa)';
    throw new AssemblyError('asm-number', `'${token.text}' is not a number`, token, help);
  }
  const value = BigInt(token.text);
  if (value >= 1n << BigInt(bits))
    throw new AssemblyError('asm-number', `${token.text} does not fit into ${bits} bits`, token);
  return Number(value);
}
