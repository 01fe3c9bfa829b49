import type { Architecture } from '../../kernel/architecture.ts';
import type { SystemCallArgument } from '../../kernel/system-call.ts';
import { syscallArguments } from '../../kernel/system-calls.ts';
import type { Condition } from '../condition.ts';
import { KERNEL_BITS } from './resolve-argument.ts';
import { maskText, numberText, valueText } from './value-names.ts';

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

type Compare = Extract<Condition, { kind: 'compare' }>;

/** The strength by which the text binds: `||` 0, `&&` 1, anything else 2. */
type Binding = 0 | 1 | 2;

/** A condition as rules spell it, with the call's argument names; `always` and `never` stand for the constants. */
export function conditionText(condition: Condition, call: string, architecture: Architecture): string {
  return new ConditionWriter(call, architecture).text(condition, 0);
}

/** Values of one operand: a single one, or a range to which both ends belong. */
interface Members {
  readonly operand: Compare;
  readonly low: bigint;
  readonly high: bigint;
}

class ConditionWriter {
  readonly #call: string;
  readonly #architecture: Architecture;
  /** `undefined`: the prototype is not known. */
  readonly #args: readonly SystemCallArgument[] | undefined;

  constructor(call: string, architecture: Architecture) {
    this.#call = call;
    this.#architecture = architecture;
    this.#args = syscallArguments(call, architecture);
  }

  text(condition: Condition, binding: Binding): string {
    switch (condition.kind) {
      case 'true':
        return 'always';
      case 'false':
        return 'never';
      case 'not':
        return this.#set(condition.term, 'not in') ?? `!(${this.text(condition.term, 0)})`;
      case 'and':
      case 'or': {
        const set = this.#set(condition, 'in');
        if (set !== undefined) return set;
        const own = condition.kind === 'and' ? 1 : 0;
        const terms = (condition.kind === 'and' ? condition.terms : gatherValues(condition.terms)).map(
          (term) => this.text(term, own === 1 ? 2 : 1),
        );
        const joined = terms.join(own === 1 ? ' && ' : ' || ');
        return own < binding ? `(${joined})` : joined;
      }
      case 'compare':
        return this.#comparison(condition);
    }
  }

  #comparison(compare: Compare): string {
    const { comparison, value } = compare;
    if (this.#isAddress(compare)) {
      const name = this.#args?.[compare.argument]?.name;
      return `${name} ${comparison} ${value === 0n ? 'NULL' : `0x${value.toString(16)}`}`;
    }
    return `${this.#operand(compare)} ${comparison} ${this.#value(value, compare)}`;
  }

  /** A condition on one operand as a set; `undefined` where it is none, or a single value. */
  #set(condition: Condition, word: 'in' | 'not in'): string | undefined {
    if (condition.kind === 'compare') return undefined;
    const terms = condition.kind === 'or' ? condition.terms : [condition];
    const members = terms.map(membersOf).filter((each) => each !== undefined);
    const [first] = members;
    if (first === undefined || members.length < terms.length || this.#isAddress(first.operand))
      return undefined;
    if (!members.every(({ operand }) => isSameOperand(operand, first.operand))) return undefined;
    const texts = members.map(({ operand, low, high }) => {
      // The ends of a range are numbers: constants have no order that readers know.
      return low === high ? this.#value(low, operand) : `${numberText(low)}..${numberText(high)}`;
    });
    return `${this.#operand(first.operand)} ${word} {${texts.join(', ')}}`;
  }

  /** Returns the argument with its compared bits. */
  #operand(compare: Compare): string {
    const { argument, width, mask } = compare;
    const declared = this.#args?.[argument];
    const name = declared?.name ?? `arg${argument}`;
    const bits = declared === undefined ? 64 : KERNEL_BITS[declared.kind];
    // A mask that lets no other bits through says as much as a width.
    const isKernels =
      mask <= BigInt.asUintN(bits, -1n) && (width === bits || bits <= 32 || mask !== 0xffff_ffffn);
    // Registers behind the last argument are compared only with a width.
    const isNamed = declared !== undefined || this.#args === undefined;
    const written = isKernels && isNamed ? name : `${name}:${width}`;
    const all = BigInt.asUintN(isKernels ? bits : width, -1n);
    return mask === all ? written : `${written} & ${maskText(this.#named(compare))}`;
  }

  #value(value: bigint, compare: Compare): string {
    return valueText(value, this.#named(compare));
  }

  #named({ argument, mask }: Compare): Parameters<typeof maskText>[0] {
    const call = this.#call;
    const architecture = this.#architecture;
    return { call, architecture, argument: this.#args?.[argument]?.name, mask };
  }

  #isAddress({ argument, width, mask }: Compare): boolean {
    return this.#args?.[argument]?.kind === 'pointer' && width === 64 && mask === ALL_BITS;
  }
}

/** Terms that name values of one operand, and follow each other, as one term. */
function gatherValues(terms: readonly Condition[]): readonly Condition[] {
  const gathered: Condition[][] = [];
  for (const term of terms) {
    const operand = membersOf(term)?.operand;
    const before = gathered.at(-1);
    const known = before?.[0] === undefined ? undefined : membersOf(before[0])?.operand;
    const isSame = operand !== undefined && known !== undefined && isSameOperand(operand, known);
    if (isSame && before !== undefined) before.push(term);
    else gathered.push([term]);
  }
  return gathered.flatMap((same) => (same.length === 1 ? same : [{ kind: 'or', terms: same } as const]));
}

function membersOf(condition: Condition): Members | undefined {
  if (condition.kind === 'compare') {
    const { comparison, value } = condition;
    return comparison === '==' ? { operand: condition, low: value, high: value } : undefined;
  }
  if (condition.kind !== 'and' || condition.terms.length !== 2) return undefined;
  const [low, high] = condition.terms;
  if (low?.kind !== 'compare' || high?.kind !== 'compare' || !isSameOperand(low, high)) return undefined;
  if (low.comparison !== '>=' || high.comparison !== '<=' || low.value > high.value) return undefined;
  return { operand: low, low: low.value, high: high.value };
}

function isSameOperand(first: Compare, second: Compare): boolean {
  return first.argument === second.argument && first.width === second.width && first.mask === second.mask;
}
