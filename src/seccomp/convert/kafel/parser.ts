import type { Architecture } from '../../../kernel/architecture.ts';
import { syscallName, syscallNumber } from '../../../kernel/system-calls.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Action } from '../../action.ts';
import { type Case, sourceComment } from '../first-match.ts';
import type { ForeignCall } from '../foreign-calls.ts';
import { ForeignError, type ForeignToken, type ForeignTokens } from '../foreign-tokens.ts';
import type { ImportOptions } from '../imported.ts';
import { ACTIONS, WITH_DATA } from './action.ts';
import { ConditionParser, kafelNumber } from './condition.ts';
import { type ArgumentNames, declaredArguments, kernelArguments } from './operand.ts';

/** One filter of an action block, in the order in which they are tried. */
export interface KafelRule {
  readonly call: ForeignCall;
  readonly entry: Case;
}

/** Policies that use others again and again would grow without end. */
const MOST_RULES = 20_000;

/** Kafel names calls as the kernel's functions are named. */
const KERNEL_NAMES: ReadonlyMap<string, string> = new Map([
  ['newstat', 'stat'],
  ['newfstat', 'fstat'],
  ['newlstat', 'lstat'],
  ['newuname', 'uname'],
  ['sendfile64', 'sendfile'],
  ['umount', 'umount2'],
  ['sysctl', '_sysctl'],
]);

const ARCHITECTURE_WORDS: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['x86_64', 'amd64'],
  aarch64: ['aarch64', 'arm64'],
};

/** Reads a program of Kafel; a `USE` stands for the rules of the policy that it names. */
export class KafelParser {
  readonly rules: KafelRule[] = [];
  default: Action | undefined;
  readonly #tokens: ForeignTokens;
  readonly #architecture: Architecture;
  readonly #file: string;
  readonly #constants = new Map<string, bigint>();
  readonly #policies = new Map<string, readonly KafelRule[]>();

  constructor(tokens: ForeignTokens, { architecture, file }: ImportOptions) {
    this.#tokens = tokens;
    this.#architecture = architecture;
    this.#file = file;
  }

  program(): void {
    const tokens = this.#tokens;
    while (!tokens.atEnd) {
      if (tokens.take('#define') !== undefined) this.#define();
      else if (tokens.take('POLICY') !== undefined) this.#policy();
      else if (tokens.peek().text === 'DEFAULT') this.#defaultAction();
      else this.rules.push(...this.#statements());
    }
  }

  #define(): void {
    const name = this.#word('the name of a constant');
    const number = this.#number();
    const known = this.#constants.get(name.text);
    if (known !== undefined && known !== number) {
      throw new ForeignError('foreign-redefined', `'${name.text}' is ${known} already`, name.span);
    }
    this.#constants.set(name.text, number);
  }

  #policy(): void {
    const { text, span } = this.#word('the name of a policy');
    if (this.#policies.has(text))
      throw new ForeignError('foreign-redefined', `there is a policy '${text}' already`, span);
    this.#tokens.expect('{');
    const rules = this.#tokens.peek().text === '}' ? [] : this.#statements();
    this.#tokens.expect('}', "blocks of a policy are separated by ','");
    this.#policies.set(text, rules);
  }

  #defaultAction(): void {
    const { span } = this.#tokens.next();
    const action = this.#action();
    if (this.default !== undefined)
      throw new ForeignError('foreign-redefined', 'there is a default already', span);
    this.default = action;
  }

  /** statements = statement { ',' statement }; statement = 'USE' name | action '{' filters '}' */
  #statements(): readonly KafelRule[] {
    const rules = [...this.#statement()];
    while (this.#tokens.take(',') !== undefined) {
      const { span } = this.#tokens.peek();
      rules.push(...this.#statement());
      if (rules.length > MOST_RULES)
        throw new ForeignError('source-too-large', `more than ${MOST_RULES} rules`, span);
    }
    return rules;
  }

  #statement(): readonly KafelRule[] {
    const tokens = this.#tokens;
    if (tokens.take('USE') !== undefined) return this.#use();
    const action = this.#action();
    tokens.expect('{', 'an action is followed by its calls in braces');
    const rules: KafelRule[] = [];
    while (tokens.take('}') === undefined) {
      if (rules.length > 0 || tokens.peek().text === ',') tokens.expect(',', 'calls are separated by commas');
      rules.push(...this.#filter(action));
    }
    return rules;
  }

  #use(): readonly KafelRule[] {
    const { text, span } = this.#word('the name of a policy');
    const rules = this.#policies.get(text);
    if (rules !== undefined) return rules;
    const close = nearest(text.slice(0, 60), this.#policies.keys());
    const help = close === undefined ? 'a policy is written before it is used' : `did you mean '${close}'?`;
    throw new ForeignError('unknown-policy', `no policy is called '${text.slice(0, 60)}'`, span, help);
  }

  #action(): Action {
    const { text } = this.#tokens.peek();
    const action = ACTIONS.get(text);
    if (action === undefined)
      return this.#tokens.fail(
        `'POLICY', 'USE', 'DEFAULT', '#define' or an action (${[...ACTIONS.keys()].join(', ')})`,
      );
    this.#tokens.next();
    if (!WITH_DATA.includes(text)) return action(0);
    this.#tokens.expect('(', `say which: '${text}(1)'`);
    const { span } = this.#tokens.peek();
    const data = this.#number();
    if (data > 0xffffn) throw new ForeignError('foreign-number', `${data} is above 65535`, span);
    this.#tokens.expect(')');
    return action(Number(data));
  }

  /** filter = call [ '(' names ')' ] [ 'ON' architectures ] [ '{' [ conditions ] '}' ]; none for another architecture. */
  #filter(action: Action): readonly KafelRule[] {
    const tokens = this.#tokens;
    const from = tokens.position;
    const call = this.#call();
    const declared = this.#declared();
    const here = this.#guard();
    let condition: Case['condition'] = { kind: 'true' };
    if (tokens.take('{') !== undefined && tokens.take('}') === undefined) {
      const names = declared ?? this.#kernelNames(call);
      condition = new ConditionParser(tokens, this.#constants, names).list();
      tokens.expect('}', "conditions are joined by '&&', '||' or ','");
    }
    if (!here || !this.#guard()) return [];
    const comment = condition.kind === 'true' ? undefined : this.#text(from, call.span);
    return [{ call, entry: { condition, action, comment, span: call.span } }];
  }

  #call(): ForeignCall {
    const tokens = this.#tokens;
    const { kind, text, span } = tokens.peek();
    if (kind !== 'word') return tokens.fail('the name of a system call');
    tokens.next();
    if (text === 'SYSCALL' && tokens.take('[') !== undefined) {
      const name = callNumber(this.#number());
      tokens.expect(']');
      return { name, span };
    }
    const constant = this.#constants.get(text);
    if (constant !== undefined) return { name: callNumber(constant), span };
    const known = KERNEL_NAMES.get(text);
    const isKernels = known !== undefined && syscallNumber(text, this.#architecture) === undefined;
    return { name: isKernels ? known : text, span };
  }

  #declared(): ArgumentNames | undefined {
    const tokens = this.#tokens;
    const opening = tokens.take('(');
    if (opening === undefined) return undefined;
    const names: string[] = [];
    while (tokens.take(')') === undefined) {
      if (names.length > 0) tokens.expect(',');
      const { text, span } = this.#word('the name of an argument');
      if (names.includes(text))
        throw new ForeignError('foreign-redefined', `the argument '${text}' is named twice`, span);
      names.push(text);
    }
    if (names.length > 6)
      throw new ForeignError('foreign-syntax', 'a call has at most 6 arguments', opening.span);
    return declaredArguments(names);
  }

  /** Reads `ON x86_64` or `ON { x86_64, arm }` and returns whether the rule is for this architecture. */
  #guard(): boolean {
    const tokens = this.#tokens;
    if (tokens.take('ON') === undefined) return true;
    const machines: string[] = [];
    if (tokens.take('{') === undefined) machines.push(this.#word('an architecture').text);
    else {
      do machines.push(this.#word('an architecture').text);
      while (tokens.take(',') !== undefined);
      tokens.expect('}');
    }
    return machines.some((machine) => ARCHITECTURE_WORDS[this.#architecture].includes(machine));
  }

  #kernelNames({ name }: ForeignCall): ArgumentNames {
    const call = typeof name === 'string' ? name : syscallName(Number(name), this.#architecture);
    return typeof name === 'string' && call !== undefined
      ? kernelArguments(call, this.#architecture)
      : declaredArguments([]);
  }

  #word(expected: string): ForeignToken {
    return this.#tokens.takeKind('word') ?? this.#tokens.fail(expected);
  }

  /** A number, or a constant that stands for one. */
  #number(): bigint {
    const { kind, text, span } = this.#tokens.peek();
    const constant = kind === 'word' ? this.#constants.get(text) : undefined;
    if (constant === undefined && kind !== 'number') return this.#tokens.fail('a number');
    this.#tokens.next();
    return constant ?? kafelNumber(text, span);
  }

  #text(from: number, span: Span): string {
    const to = this.#tokens.position;
    const words = Array.from({ length: to - from }, (_, index) => this.#tokens.peek(from - to + index).text);
    const text = words
      .join(' ')
      .replace(/ ([,)\]])/g, '$1')
      .replace(/([([]) /g, '$1');
    return sourceComment(span, text, this.#file);
  }
}

/** The kernel looks at 32 bits of the number of a call; -1 is 2^32-1. */
function callNumber(value: bigint): bigint {
  return BigInt.asUintN(32, value);
}
