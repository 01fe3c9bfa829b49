import type { Span } from '../../../policy/diagnostic.ts';
import type { Comparison } from '../../condition.ts';
import type { ForeignCondition } from '../foreign-condition.ts';
import type { ForeignTokens } from '../foreign-tokens.ts';
import { ForeignError } from '../foreign-tokens.ts';
import { type ArgumentNames, argumentOperand, combine, comparison, type Operand } from './operand.ts';

const COMPARISONS: readonly Comparison[] = ['==', '!=', '<=', '>=', '<', '>'];

/** Reads the boolean expressions of Kafel for one call. */
export class ConditionParser {
  readonly #tokens: ForeignTokens;
  readonly #constants: ReadonlyMap<string, bigint>;
  readonly #names: ArgumentNames;

  constructor(tokens: ForeignTokens, constants: ReadonlyMap<string, bigint>, names: ArgumentNames) {
    this.#tokens = tokens;
    this.#constants = constants;
    this.#names = names;
  }

  /** list = or { ',' or }: a comma is an "or" that binds last. */
  list(): ForeignCondition {
    return this.#terms('or', ',', () =>
      this.#terms('or', '||', () => this.#terms('and', '&&', () => this.#primary())),
    );
  }

  #terms(kind: 'and' | 'or', symbol: string, read: () => ForeignCondition): ForeignCondition {
    const terms = [read()];
    while (this.#tokens.take(symbol) !== undefined) terms.push(read());
    return { kind, terms };
  }

  /** primary = '!' primary | '(' list ')' | bits comparison bits */
  #primary(): ForeignCondition {
    const tokens = this.#tokens;
    if (tokens.take('!') !== undefined) return { kind: 'not', term: tokens.nested(() => this.#primary()) };
    if (tokens.peek().text === '(' && !this.#bracketsAreBits()) {
      tokens.next();
      const inner = tokens.nested(() => this.list());
      tokens.expect(')');
      return inner;
    }
    const { span } = tokens.peek();
    const left = this.#or();
    const operator = COMPARISONS.find((symbol) => tokens.take(symbol) !== undefined);
    if (operator === undefined) return tokens.fail('a comparison (==, !=, <, <=, >, >=)');
    return comparison(left, operator, this.#or(), this.#names, span);
  }

  /**
   * Returns whether the next brackets hold bits, as in `(prot & 4) == 0`, and no condition: nothing in them compares or
   * negates.
   */
  #bracketsAreBits(): boolean {
    let depth = 0;
    for (let ahead = 0; ; ahead += 1) {
      const { kind, text } = this.#tokens.peek(ahead);
      if (kind === 'end' || ['!', '&&', '||', ',', '{', '}'].includes(text) || isComparison(text))
        return false;
      if (text === '(') depth += 1;
      if (text === ')') depth -= 1;
      if (depth === 0) return true;
    }
  }

  #or(): Operand {
    let value = this.#and();
    while (this.#tokens.take('|') !== undefined) value = combine('|', value, this.#and());
    return value;
  }

  #and(): Operand {
    let value = this.#operand();
    while (this.#tokens.take('&') !== undefined) value = combine('&', value, this.#operand());
    return value;
  }

  #operand(): Operand {
    const tokens = this.#tokens;
    if (tokens.take('(') !== undefined) {
      const value = tokens.nested(() => this.#or());
      tokens.expect(')');
      return value;
    }
    const { kind, text, span } = tokens.peek();
    if (kind !== 'number' && kind !== 'word') return tokens.fail('a number, a constant or an argument');
    tokens.next();
    if (kind === 'number') return { kind: 'number', value: kafelNumber(text, span) };
    const value = this.#constants.get(text);
    return value === undefined ? argumentOperand(text) : { kind: 'number', value };
  }
}

function isComparison(text: string): boolean {
  return COMPARISONS.some((symbol) => symbol === text);
}

/** A number of 64 bits: decimal, `0x`, `0b`, or a leading 0 for octal; negative ones in two's complement. */
export function kafelNumber(text: string, span: Span): bigint {
  let value: bigint | undefined;
  if (text.length <= 80) {
    if (/^(0x[0-9a-fA-F]+|0b[01]+|0)$/.test(text)) value = BigInt(text);
    else if (/^-?[1-9][0-9]*$/.test(text)) value = BigInt(text);
    else if (/^0[0-7]+$/.test(text)) value = BigInt(`0o${text}`);
  }
  if (value === undefined || value >= 1n << 64n || value < -(1n << 63n)) {
    const help = 'decimal, hexadecimal (0xa), octal (012) or binary (0b1010), within 64 bits';
    throw new ForeignError('foreign-number', `'${text.slice(0, 40)}' is not a number`, span, help);
  }
  return BigInt.asUintN(64, value);
}
