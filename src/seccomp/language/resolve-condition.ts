import type { Architecture } from '../../kernel/architecture.ts';
import type { Comparison, Condition } from '../condition.ts';
import { foldCondition } from '../fold-condition.ts';
import { RuleError } from './problem.ts';
import { type ResolvedArgument, resolveArgument } from './resolve-argument.ts';
import { type ResolvedValue, resolveValue } from './resolve-value.ts';
import type { ConditionSyntax, MemberSyntax, ValueSyntax } from './rule-syntax.ts';

type CompareSyntax = Extract<ConditionSyntax, { kind: 'compare' }>;
type InSyntax = Extract<ConditionSyntax, { kind: 'in' }>;

/** Gives the names in a condition their meaning for one call, and folds it. Throws a `RuleError`. */
export function resolveCondition(
  syntax: ConditionSyntax,
  call: string,
  architecture: Architecture,
): Condition {
  return foldCondition(resolve(syntax, call, architecture));
}

function resolve(syntax: ConditionSyntax, call: string, architecture: Architecture): Condition {
  switch (syntax.kind) {
    case 'and':
    case 'or':
      return { kind: syntax.kind, terms: syntax.terms.map((term) => resolve(term, call, architecture)) };
    case 'not':
      return { kind: 'not', term: resolve(syntax.term, call, architecture) };
    case 'compare':
    case 'in': {
      const argument = resolveArgument(call, syntax.operand.argument, architecture);
      if (argument.kind === 'pointer') return resolvePointerTest(syntax, call, argument);
      const test = new ArgumentTest(argument, syntax.operand.mask, architecture);
      return syntax.kind === 'compare' ? resolveCompare(syntax, test) : resolveSet(syntax, test);
    }
  }
}

/** NULL is the one test of a pointer that later writes of another thread cannot make untrue. */
function resolvePointerTest(
  syntax: CompareSyntax | InSyntax,
  call: string,
  argument: ResolvedArgument,
): Condition {
  const { index, name, type } = argument;
  const isNull =
    syntax.kind === 'compare' &&
    syntax.operand.mask === undefined &&
    (syntax.comparison === '==' || syntax.comparison === '!=') &&
    syntax.value.kind === 'name' &&
    syntax.value.name === 'NULL';
  if (!isNull) {
    throw new RuleError(
      'pointer-test',
      `'${name}' of ${call} is an address (${type}); a filter sees the address, not what it points to`,
      syntax,
      `what is there can change after the check; only '${name} == NULL' and '${name} != NULL' can be decided`,
    );
  }
  const mask = BigInt.asUintN(64, -1n);
  return { kind: 'compare', argument: index, width: 64, mask, comparison: syntax.comparison, value: 0n };
}

/** Builds comparisons of one argument under one mask. */
class ArgumentTest {
  readonly #argument: ResolvedArgument;
  readonly #architecture: Architecture;
  readonly #mask: bigint;

  constructor(argument: ResolvedArgument, mask: ValueSyntax | undefined, architecture: Architecture) {
    this.#argument = argument;
    this.#architecture = architecture;
    this.#mask = mask === undefined ? BigInt.asUintN(this.#argument.bits, -1n) : this.value(mask).value;
  }

  value(syntax: ValueSyntax): ResolvedValue {
    return resolveValue(syntax, this.#argument.bits, this.#architecture);
  }

  /** Reads a bound of an order. Orders are unsigned, so a negative bound is an error. */
  bound(syntax: ValueSyntax): bigint {
    const { value, negative } = this.value(syntax);
    if (negative) {
      throw new RuleError(
        'negative-order',
        'a filter compares without signs, so it cannot order against a negative number',
        syntax,
        "test negative numbers with '==', '!=' or as single members of a set",
      );
    }
    return value;
  }

  compare(comparison: Comparison, value: bigint): Condition {
    const width = this.#argument.bits === 64 ? 64 : 32;
    return { kind: 'compare', argument: this.#argument.index, width, mask: this.#mask, comparison, value };
  }
}

function resolveCompare({ comparison, value }: CompareSyntax, test: ArgumentTest): Condition {
  const equality = comparison === '==' || comparison === '!=';
  return test.compare(comparison, equality ? test.value(value).value : test.bound(value));
}

function resolveSet({ members, negated }: InSyntax, test: ArgumentTest): Condition {
  const union: Condition = { kind: 'or', terms: members.map((member) => resolveMember(member, test)) };
  return negated ? { kind: 'not', term: union } : union;
}

function resolveMember({ low, high }: MemberSyntax, test: ArgumentTest): Condition {
  if (high === undefined) return test.compare('==', test.value(low).value);
  const [from, to] = [test.bound(low), test.bound(high)];
  if (from > to) {
    throw new RuleError('range-empty', `the range ends (${to}) before it starts (${from})`, {
      offset: low.offset,
      length: high.offset + high.length - low.offset,
    });
  }
  return { kind: 'and', terms: [test.compare('>=', from), test.compare('<=', to)] };
}
