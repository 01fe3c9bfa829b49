import { RuleError } from './problem.ts';
import { type Token, tokenize } from './rule-lexer.ts';
import type { Range } from './rule-syntax.ts';

/** The greatest depth of nested parentheses and `!`. It keeps the recursive parser within the stack. */
const DEEPEST = 64;

/** Walks over the tokens of a rule. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  /** The token that comes next; `end` at the end. */
  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw new RangeError('a token list always has its end');
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** Takes the symbol if it comes next. */
  take(symbol: string): Token | undefined {
    const token = this.peek();
    return token.kind === 'symbol' && token.text === symbol ? this.next() : undefined;
  }

  /** Takes the word if it comes next. */
  takeWord(word: string): Token | undefined {
    const token = this.peek();
    return token.kind === 'word' && token.text === word ? this.next() : undefined;
  }

  expect(symbol: string, help?: string): Token {
    return this.take(symbol) ?? this.fail(`'${symbol}'`, help);
  }

  /** Throws "expected ..., found ..." at the next token. */
  fail(expected: string, help?: string): never {
    const token = this.peek();
    const found = token.kind === 'end' ? 'the end of the rule' : `'${token.text}'`;
    throw new RuleError('rule-syntax', `expected ${expected}, found ${found}`, token, help);
  }

  /** From the start of a range to the end of the last token taken. */
  since(start: Range): Range {
    const last = this.#tokens[this.#index - 1] ?? this.peek();
    return { offset: start.offset, length: last.offset + last.length - start.offset };
  }

  nested<Value>(parse: () => Value): Value {
    this.#depth += 1;
    if (this.#depth > DEEPEST) {
      throw new RuleError('rule-syntax', `nested deeper than ${DEEPEST} levels`, this.peek());
    }
    const value = parse();
    this.#depth -= 1;
    return value;
  }
}
