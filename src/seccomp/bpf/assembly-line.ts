import type { Architecture } from '../../kernel/architecture.ts';
import { nearest } from '../../policy/nearest.ts';
import { actionValue } from '../action-value.ts';
import { parseAction } from '../language/parse-action.ts';
import { AssemblyError, AssemblyReader, type AssemblyToken, numberOf } from './assembly-lexer.ts';
import { readValue } from './assembly-value.ts';
import { type BranchTest, type Operation, type Operator, operationCode } from './operation.ts';
import type { AssemblyLine, Statement } from './statement.ts';
import { wordOffset } from './word-names.ts';

const FIRST_WORDS = ['A', 'X', 'mem', 'goto', 'if', 'return', 'raw'];
const KEYWORDS: ReadonlySet<string> = new Set([
  ...FIRST_WORDS,
  'else',
  'length',
  'nr',
  'arch',
  'low',
  'high',
]);
const STATEMENTS =
  "instructions look like 'A = nr', 'A &= 0xff', 'if (A == 1) goto end', 'goto end', 'return allow'";

const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  (['+', '-', '*', '/', '|', '&', '<<', '>>', '^'] as const).map((operator) => [`${operator}=`, operator]),
);

/** The tests by their spelling. `opposite` is set where the instruction has only the opposite test. */
const TESTS: ReadonlyMap<string, readonly [test: BranchTest, opposite: boolean]> = new Map([
  ['==', ['==', false]],
  ['>', ['>', false]],
  ['>=', ['>=', false]],
  ['&', ['&', false]],
  ['!=', ['==', true]],
  ['<', ['>=', true]],
  ['<=', ['>', true]],
]);

/** Reads one line. Throws an `AssemblyError`. */
export function parseAssemblyLine(line: string, architecture: Architecture): AssemblyLine {
  const reader = new AssemblyReader(line);
  const labels: AssemblyToken[] = [];
  while (reader.peek().kind !== 'end' && reader.peek(1).text === ':') labels.push(readLabel(reader));
  if (reader.peek().kind === 'end') return { labels, statement: undefined };
  const statement = new StatementParser(reader, architecture).parse();
  if (reader.peek().kind !== 'end')
    reader.fail('the end of the line', 'each instruction has a line of its own');
  return { labels, statement };
}

function readLabel(reader: AssemblyReader): AssemblyToken {
  const label = reader.next();
  if (label.kind === 'symbol' || KEYWORDS.has(label.text)) {
    throw new AssemblyError('asm-label', `'${label.text}' cannot be a label`, label, 'use another name');
  }
  reader.expect(':');
  return label;
}

class StatementParser {
  readonly #reader: AssemblyReader;
  readonly #architecture: Architecture;

  constructor(reader: AssemblyReader, architecture: Architecture) {
    this.#reader = reader;
    this.#architecture = architecture;
  }

  parse(): Statement {
    const first = this.#reader.peek();
    const reader = this.#reader;
    if (reader.take('A') !== undefined) return this.#accumulator();
    if (reader.take('X') !== undefined) return this.#index();
    if (reader.take('mem') !== undefined) return this.#store();
    if (reader.take('goto') !== undefined) {
      return { kind: 'jump', code: operationCode({ kind: 'jump' }), target: this.#target() };
    }
    if (reader.take('if') !== undefined) return this.#branch();
    if (reader.take('return') !== undefined) return this.#answer();
    if (reader.take('raw') !== undefined) return this.#raw();
    const close = first.kind === 'word' ? nearest(first.text, FIRST_WORDS) : undefined;
    return reader.fail('an instruction', close === undefined ? STATEMENTS : `did you mean '${close}'?`);
  }

  #accumulator(): Statement {
    const reader = this.#reader;
    const operator = OPERATORS.get(reader.peek().text);
    if (operator !== undefined) {
      reader.next();
      if (reader.take('X') !== undefined) return plain({ kind: 'compute', operator, operand: 'X' });
      return plain({ kind: 'compute', operator, operand: 'k' }, this.#number());
    }
    reader.expect('=', "or an operator such as '+=', '&=', '>>='");
    if (reader.peek().text === '-' && reader.peek(1).text === 'A') {
      reader.next();
      reader.next();
      return plain({ kind: 'negate' });
    }
    if (reader.take('X') !== undefined) return plain({ kind: 'copy', to: 'A' });
    const offset = this.#callWord();
    return offset === undefined
      ? this.#load('A')
      : plain({ kind: 'load', register: 'A', from: 'call' }, offset);
  }

  #index(): Statement {
    const reader = this.#reader;
    reader.expect('=', 'X is only loaded; computing is done in A');
    if (reader.take('A') !== undefined) return plain({ kind: 'copy', to: 'X' });
    const word = reader.peek();
    if (this.#callWord() !== undefined) {
      const help = `load it into A first: 'A = ${word.text}', then 'X = A'`;
      throw new AssemblyError('asm-syntax', 'words of the call are loaded into A only', word, help);
    }
    return this.#load('X');
  }

  #load(register: 'A' | 'X'): Statement {
    const reader = this.#reader;
    if (reader.take('length') !== undefined) return plain({ kind: 'load', register, from: 'length' });
    if (reader.take('mem') !== undefined)
      return plain({ kind: 'load', register, from: 'memory' }, this.#scratch());
    return plain({ kind: 'load', register, from: 'constant' }, this.#number());
  }

  #store(): Statement {
    const k = this.#scratch();
    this.#reader.expect('=');
    const register = this.#reader.take('A') ?? this.#reader.take('X');
    if (register === undefined)
      return this.#reader.fail("'A' or 'X'", 'scratch words are written from a register');
    return plain({ kind: 'store', register: register.text === 'A' ? 'A' : 'X' }, k);
  }

  #branch(): Statement {
    const reader = this.#reader;
    reader.expect('(');
    reader.expect('A', 'only A is tested');
    const test = TESTS.get(reader.peek().text);
    if (test === undefined) return reader.fail('a test', 'tests are == != > >= < <= &');
    reader.next();
    const [word, opposite] = test;
    const operand = reader.take('X') === undefined ? 'k' : 'X';
    const k = operand === 'X' ? 0 : this.#number();
    reader.expect(')');
    reader.expect('goto');
    const first = this.#target();
    let second: AssemblyToken | undefined;
    if (reader.take('else') !== undefined) {
      reader.expect('goto');
      second = this.#target();
    }
    const code = operationCode({ kind: 'branch', test: word, operand });
    const [holds, fails] = opposite ? [second, first] : [first, second];
    return { kind: 'branch', code, k, holds, fails };
  }

  #answer(): Statement {
    const reader = this.#reader;
    if (reader.take('A') !== undefined) return plain({ kind: 'return', value: 'A' });
    const first = reader.peek();
    if (first.kind === 'number') return plain({ kind: 'return', value: 'k' }, numberOf(reader.next(), 32));
    if (first.kind !== 'word')
      return reader.fail("an action, a number or 'A'", "such as 'return errno(EPERM)'");
    const parsed = parseAction(reader.text.slice(first.column));
    if (!parsed.ok) {
      const { code, message, help, offset, length } = parsed.problem;
      const column = first.column + offset;
      throw new AssemblyError(code, message, { column, text: ' '.repeat(length) }, help);
    }
    while (reader.peek().kind !== 'end') reader.next();
    return plain({ kind: 'return', value: 'k' }, actionValue(parsed.value));
  }

  /** The four fields as they are. */
  #raw(): Statement {
    const reader = this.#reader;
    const field = (bits: 8 | 16 | 32, before: string): number => {
      reader.expect(before, 'the fields are raw(code, jt, jf, k)');
      if (reader.peek().kind !== 'number')
        return reader.fail('a number', 'the fields are raw(code, jt, jf, k)');
      return numberOf(reader.next(), bits);
    };
    const fields = { code: field(16, '('), jt: field(8, ','), jf: field(8, ','), k: field(32, ',') };
    reader.expect(')');
    return { kind: 'plain', ...fields };
  }

  #target(): AssemblyToken {
    const token = this.#reader.peek();
    if ((token.kind !== 'number' && token.kind !== 'word') || KEYWORDS.has(token.text))
      return this.#reader.fail('a label or the number of an instruction');
    return this.#reader.next();
  }

  #scratch(): number {
    this.#reader.expect('[', "scratch words are 'mem[0]' to 'mem[15]'");
    const k = this.#number();
    this.#reader.expect(']');
    return k;
  }

  /** Takes the name of a word of the call, if one comes next. */
  #callWord(): number | undefined {
    const reader = this.#reader;
    const half = reader.peek();
    if (half.text === 'nr' || half.text === 'arch') return wordOffset(reader.next().text);
    if (half.text !== 'low' && half.text !== 'high') return undefined;
    reader.next();
    reader.expect('(');
    const of = reader.peek();
    const offset = wordOffset(`${half.text}(${of.text})`);
    if (offset === undefined) return reader.fail("'arg0' to 'arg5' or 'ip'");
    reader.next();
    reader.expect(')');
    return offset;
  }

  #number(): number {
    return readValue(this.#reader, this.#architecture);
  }
}

function plain(operation: Operation, k = 0): Statement {
  return { kind: 'plain', code: operationCode(operation), jt: 0, jf: 0, k };
}
