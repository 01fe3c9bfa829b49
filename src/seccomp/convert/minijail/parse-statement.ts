import type { Architecture } from '../../../kernel/architecture.ts';
import { MAX_ERRNO } from '../../../kernel/errno.ts';
import type { Action } from '../../action.ts';
import type { ForeignCall } from '../foreign-calls.ts';
import { argumentIndex, type ForeignCondition, foreignTest } from '../foreign-condition.ts';
import { ForeignError, type ForeignTokens } from '../foreign-tokens.ts';
import type { MinijailFilter, MinijailStatement } from './statement.ts';
import { readNumber, readValue } from './value.ts';

const ALL_BITS = 0xffff_ffff_ffff_ffffn;
const ORDERS = ['==', '!=', '<=', '>=', '<', '>'] as const;

/**
 * The actions by their words. The effect of `kill` depends on how Minijail was built and called: it kills the thread or the
 * process. The process is the more restrictive.
 */
const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['allow', { kind: 'allow' }],
  ['kill', { kind: 'kill_process' }],
  ['kill-process', { kind: 'kill_process' }],
  ['kill-thread', { kind: 'kill_thread' }],
  ['trap', { kind: 'trap', data: 0 }],
  ['trace', { kind: 'trace', data: 0 }],
  ['log', { kind: 'log' }],
  ['user-notify', { kind: 'user_notif' }],
]);

const DEFAULTS = ['kill', 'kill-process', 'kill-thread', 'trap', 'user-notify'];

/** Reads one kind of statement. Notes whether only compile_seccomp_policy understands it. */
export class StatementParser {
  readonly #tokens: ForeignTokens;
  readonly #architecture: Architecture;
  compilerOnly = false;

  constructor(tokens: ForeignTokens, architecture: Architecture) {
    this.#tokens = tokens;
    this.#architecture = architecture;
  }

  /** The action behind `@default`. */
  defaultAction(): Action {
    const token = this.#tokens.peek();
    const action = DEFAULTS.includes(token.text) ? ACTIONS.get(token.text) : undefined;
    if (action === undefined) return this.#tokens.fail(`a default (${DEFAULTS.join(', ')})`);
    this.#tokens.next();
    return action;
  }

  /** statement = ( descriptor | '{' descriptor { ',' descriptor } '}' ) ':' filters; `source`: its text. */
  statement(source: string): MinijailStatement {
    const tokens = this.#tokens;
    const { span } = tokens.peek();
    const calls = this.#descriptors();
    tokens.expect(':', "a line is 'call: filter'");
    const braced = tokens.take('{') !== undefined;
    const filters = [this.#filter()];
    if (braced) {
      this.compilerOnly = true;
      while (tokens.take(',') !== undefined) filters.push(this.#filter());
      tokens.expect('}');
    }
    const [first] = filters;
    const twofold = !braced && first?.expression !== undefined && first.action !== undefined;
    const filterText = source.slice(source.indexOf(':') + 1);
    return { calls, filters, twofold, text: filterText.replace(/\\?\s+/g, ' ').trim(), span };
  }

  #descriptors(): readonly ForeignCall[] {
    if (this.#tokens.take('{') === undefined) return this.#descriptor();
    this.compilerOnly = true;
    const calls = [...this.#descriptor()];
    while (this.#tokens.take(',') !== undefined) calls.push(...this.#descriptor());
    this.#tokens.expect('}');
    return calls;
  }

  /** descriptor = name [ '[' key '=' value { ',' value } { ';' ... } ']' ]; none for calls of another architecture. */
  #descriptor(): readonly ForeignCall[] {
    const tokens = this.#tokens;
    const { kind, text, span } = tokens.peek();
    if (kind !== 'word') return tokens.fail('the name of a system call');
    tokens.next();
    if (text.includes('@')) {
      const help = 'write the members of the group instead';
      throw new ForeignError('unknown-group', `the group '${text}' is defined elsewhere`, span, help);
    }
    if (tokens.take('[') === undefined) return [{ name: text, span }];
    this.compilerOnly = true;
    const keys = new Map<string, readonly string[]>();
    do {
      const key = this.#word("a key, such as 'arch'");
      tokens.expect('=');
      const values = [this.#word('a value')];
      while (tokens.take(',') !== undefined) values.push(this.#word('a value'));
      keys.set(key, values);
    } while (tokens.take(';') !== undefined);
    tokens.expect(']');
    const machines = keys.get('arch');
    return machines === undefined || machines.includes(MACHINE[this.#architecture])
      ? [{ name: text, span }]
      : [];
  }

  #word(expected: string): string {
    return (this.#tokens.takeKind('word') ?? this.#tokens.fail(expected)).text;
  }

  /** filter = action | expression [ ';' action ] */
  #filter(): MinijailFilter {
    const { text, span } = this.#tokens.peek();
    if (!/^arg[0-9]+$/.test(text)) return { expression: undefined, action: this.#action(), span };
    const expression = this.#expression();
    const action = this.#tokens.take(';') === undefined ? undefined : this.#action();
    return { expression, action, span };
  }

  #action(): Action {
    const tokens = this.#tokens;
    const { kind, text, span } = tokens.peek();
    const action = ACTIONS.get(text);
    if (action !== undefined && kind === 'word') {
      tokens.next();
      this.compilerOnly ||= action.kind !== 'allow';
      return action;
    }
    if (kind === 'number' && readNumber(text, span) === 1n) {
      tokens.next();
      return { kind: 'allow' };
    }
    if (tokens.take('return') === undefined) {
      return tokens.fail(
        `1, 'return' and an errno, a test such as 'arg0 == 1', or one of ${[...ACTIONS.keys()].join(', ')}`,
      );
    }
    if (!['word', 'number', 'symbol'].includes(tokens.peek().kind) || /^[,}]$/.test(tokens.peek().text))
      return { kind: 'kill_process' };
    return this.#errno();
  }

  #errno(): Action {
    const { text, span } = this.#tokens.peek();
    const value = readValue(this.#tokens, this.#architecture);
    if (typeof value !== 'bigint')
      throw new ForeignError('unknown-errno', `no errno is called '${text}'`, span, value.help);
    if (value > 0xffffn)
      throw new ForeignError('unknown-errno', `errno ${value} is above ${MAX_ERRNO}`, span);
    return { kind: 'errno', errno: Math.min(Number(value), MAX_ERRNO) };
  }

  /** expression = clause { '||' clause }; clause = atom { '&&' atom } */
  #expression(): ForeignCondition {
    const clauses: ForeignCondition[] = [];
    do {
      const atoms: ForeignCondition[] = [];
      do atoms.push(this.#atom());
      while (this.#tokens.take('&&') !== undefined);
      clauses.push({ kind: 'and', terms: atoms });
    } while (this.#tokens.take('||') !== undefined);
    return { kind: 'or', terms: clauses };
  }

  /** atom = 'arg' N operator value. All comparisons are of 64 bits, without signs. */
  #atom(): ForeignCondition {
    const tokens = this.#tokens;
    const { text, span } = tokens.peek();
    const number = /^arg([0-9]+)$/.exec(text)?.[1];
    if (number === undefined) return tokens.fail("an argument, 'arg0' to 'arg5'");
    const argument = argumentIndex(Number(number));
    if (argument === undefined) return tokens.fail("one of 'arg0' to 'arg5'");
    tokens.next();
    const order = ORDERS.find((symbol) => tokens.take(symbol) !== undefined);
    const operator = order ?? (tokens.take('&') ?? tokens.take('in'))?.text;
    if (operator === undefined) return tokens.fail("an operator (==, !=, <, <=, >, >=, & or 'in')");
    const value = readValue(tokens, this.#architecture);
    if (typeof value !== 'bigint') return value;
    if (order !== undefined) return foreignTest(argument, 64, ALL_BITS, order, value, span);
    return operator === 'in'
      ? foreignTest(argument, 64, ~value, '==', 0n, span)
      : foreignTest(argument, 64, value, '!=', 0n, span);
  }
}

/** The names of our architectures in compile_seccomp_policy. */
const MACHINE: Readonly<Record<Architecture, string>> = { x86_64: 'x86_64', aarch64: 'arm64' };
