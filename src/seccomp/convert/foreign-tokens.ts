import type { Diagnostic, Span } from '../../policy/diagnostic.ts';

/** A word, number or sign of a foreign policy, and where it stands. */
export interface ForeignToken {
  readonly kind: 'word' | 'number' | 'symbol' | 'text' | 'end';
  readonly text: string;
  readonly span: Span;
}

/** Thrown inside a reader of a foreign language; never leaves it. */
export class ForeignError extends Error {
  readonly problem: Diagnostic;

  constructor(code: string, message: string, span: Span, help?: string) {
    super(message);
    this.name = 'ForeignError';
    this.problem = { code, severity: 'error', message, span, help };
  }
}

/** The greatest depth of nested brackets. It keeps a recursive reader within the stack. */
const DEEPEST = 64;

/** Walks over the tokens of a foreign policy; the last one is its `end`. */
export class ForeignTokens {
  readonly #tokens: readonly ForeignToken[];
  readonly #end: ForeignToken;
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly ForeignToken[], end: ForeignToken) {
    this.#tokens = tokens;
    this.#end = end;
  }

  get position(): number {
    return this.#index;
  }

  /** Goes back to a position that was read before. */
  rewind(position: number): void {
    this.#index = position;
  }

  peek(ahead = 0): ForeignToken {
    return this.#tokens[this.#index + ahead] ?? this.#end;
  }

  next(): ForeignToken {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  /** Takes the sign or word if it comes next. */
  take(text: string): ForeignToken | undefined {
    const token = this.peek();
    return token.text === text && token.kind !== 'text' ? this.next() : undefined;
  }

  takeKind(kind: ForeignToken['kind']): ForeignToken | undefined {
    return this.peek().kind === kind ? this.next() : undefined;
  }

  expect(text: string, help?: string): ForeignToken {
    return this.take(text) ?? this.fail(`'${text}'`, help);
  }

  get atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  fail(expected: string, help?: string): never {
    const { kind, text, span } = this.peek();
    const found = kind === 'end' ? text : `'${text.slice(0, 40)}'`;
    throw new ForeignError('foreign-syntax', `expected ${expected}, found ${found}`, span, help);
  }

  nested<Value>(read: () => Value): Value {
    this.#depth += 1;
    if (this.#depth > DEEPEST) {
      throw new ForeignError('foreign-syntax', `nested deeper than ${DEEPEST} levels`, this.peek().span);
    }
    const value = read();
    this.#depth -= 1;
    return value;
  }
}
