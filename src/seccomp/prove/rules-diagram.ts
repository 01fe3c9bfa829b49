import { AUDIT_ARCH } from '../../kernel/architecture.ts';
import { errnoOf } from '../../kernel/errno.ts';
import { actionValue } from '../action-value.ts';
import { CANCELLED_CALL, callNumber, X32_SYSCALL_BIT } from '../call-number.ts';
import type { Condition } from '../condition.ts';
import type { Filter, Rule } from '../filter.ts';
import type { Diagram, Diagrams, ThreeWays } from './diagram.ts';
import { moreRestrictive } from './stack.ts';
import { argumentWord, WORD_ARCH, WORD_INSTRUCTION_POINTER, WORD_NR } from './words.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;

const ALL_32 = 0xffff_ffff;
const ALL_64 = 0xffff_ffff_ffff_ffffn;

const KILL_PROCESS = actionValue({ kind: 'kill_process' });
const ALLOW = actionValue({ kind: 'allow' });
/** Linux has no such call; include/uapi/asm-generic/errno.h. */
const ENOSYS = actionValue({ kind: 'errno', errno: errnoOf('ENOSYS') });

/** No rule has matched. The kernel would kill for this value too; no action of a rule has it. */
const NO_RULE = 0xffff_ffff;

/**
 * Returns the meaning of a filter's rules, sentence by sentence as `Filter` states it. Nothing here is shared with the
 * compiler, so that a mistake of one is not repeated in the other.
 */
export function rulesDiagram(diagrams: Diagrams, filter: Filter): Diagram {
  return new Meaning(diagrams, filter).ofFilter();
}

/** Returns a test of the registers for which a condition holds. */
export function conditionDiagram(diagrams: Diagrams, condition: Condition): Diagram {
  switch (condition.kind) {
    case 'true':
      return diagrams.always;
    case 'false':
      return diagrams.never;
    case 'and':
      return condition.terms.reduceRight(
        (rest, term) => diagrams.and(conditionDiagram(diagrams, term), rest),
        diagrams.always,
      );
    case 'or':
      return condition.terms.reduceRight(
        (rest, term) => diagrams.or(conditionDiagram(diagrams, term), rest),
        diagrams.never,
      );
    case 'not':
      return diagrams.not(conditionDiagram(diagrams, condition.term));
    case 'compare':
      return compareDiagram(diagrams, condition);
  }
}

function compareDiagram(diagrams: Diagrams, { argument, width, mask, comparison, value }: Compare): Diagram {
  const ways = comparisonWays(diagrams, comparison);
  const high = argumentWord(argument);
  return width === 32
    ? diagrams.compareWord(high + 1, Number(mask & 0xffff_ffffn), Number(value), ways)
    : diagrams.compareField(high, mask, value, ways);
}

function comparisonWays({ always, never }: Diagrams, comparison: Compare['comparison']): ThreeWays {
  switch (comparison) {
    case '==':
      return { above: never, equal: always, below: never };
    case '!=':
      return { above: always, equal: never, below: always };
    case '<':
      return { above: never, equal: never, below: always };
    case '<=':
      return { above: never, equal: always, below: always };
    case '>':
      return { above: always, equal: never, below: never };
    case '>=':
      return { above: always, equal: always, below: never };
  }
}

/** All that a filter says about one call. */
interface NamedCall {
  readonly rules: Rule[];
  readonly overrides: Rule[];
  readonly kept: Rule[];
}

class Meaning {
  readonly #diagrams: Diagrams;
  readonly #filter: Filter;

  constructor(diagrams: Diagrams, filter: Filter) {
    this.#diagrams = diagrams;
    this.#filter = filter;
  }

  ofFilter(): Diagram {
    const diagrams = this.#diagrams;
    const kill = diagrams.answer(KILL_PROCESS);
    return this.#where(WORD_ARCH, AUDIT_ARCH[this.#filter.architecture], this.#ofOwnCalls(), kill);
  }

  #ofOwnCalls(): Diagram {
    const diagrams = this.#diagrams;
    const filter = this.#filter;
    const fallback = this.#killed(
      diagrams.answer(filter.scope === undefined ? actionValue(filter.default) : ALLOW),
      diagrams.never,
    );
    let all = this.#ofUnnamed();
    for (const [number, named] of this.#named()) {
      all = this.#where(WORD_NR, number, this.#ofCall(number, named), all);
    }
    if (filter.architecture === 'x86_64')
      all = this.#from(X32_SYSCALL_BIT, diagrams.answer(KILL_PROCESS), all);
    return this.#where(WORD_NR, CANCELLED_CALL, fallback, all);
  }

  /** The calls that nothing in the filter names. */
  #ofUnnamed(): Diagram {
    const diagrams = this.#diagrams;
    const filter = this.#filter;
    if (filter.scope !== undefined) return diagrams.answer(ALLOW);
    return this.#from(
      filter.firstUnknown,
      diagrams.answer(ENOSYS),
      this.#killed(diagrams.answer(actionValue(filter.default)), diagrams.never),
    );
  }

  /** By number: two names of one call are one call. */
  #named(): ReadonlyMap<number, NamedCall> {
    const filter = this.#filter;
    const scope =
      filter.scope === undefined ? undefined : new Set([...filter.scope].map((call) => this.#number(call)));
    const calls = new Map<number, NamedCall>();
    const entry = (number: number | undefined): NamedCall => {
      const nothing = { rules: [], overrides: [], kept: [] };
      const found = (number === undefined ? undefined : calls.get(number)) ?? nothing;
      if (number !== undefined && scope?.has(number) !== false) calls.set(number, found);
      return found;
    };
    for (const number of [...filter.unsupported, ...(scope ?? [])]) entry(number);
    for (const rule of filter.rules) entry(this.#number(rule.call)).rules.push(rule);
    for (const rule of filter.overrides) entry(this.#number(rule.call)).overrides.push(rule);
    for (const rule of filter.kills?.except ?? []) entry(this.#number(rule.call)).kept.push(rule);
    return calls;
  }

  #number(call: string): number | undefined {
    return callNumber(call, this.#filter.architecture);
  }

  #ofCall(number: number, { rules, overrides, kept }: NamedCall): Diagram {
    const diagrams = this.#diagrams;
    const filter = this.#filter;
    const isYoung = number >= filter.firstUnknown || filter.unsupported.includes(number);
    const unmatched = rules.length === 0 && isYoung ? ENOSYS : actionValue(filter.default);
    const answers = rules
      .map(({ condition, action }) => this.#matching(condition, actionValue(action)))
      .reduce((first, second) => diagrams.combine(strictest, first, second), diagrams.answer(NO_RULE));
    const decided = diagrams.map((answer) => (answer === NO_RULE ? unmatched : answer), answers);
    return diagrams.choose(
      diagrams.and(this.#isFromOverridesPlace(), this.#anyOf(overrides)),
      diagrams.answer(ALLOW),
      this.#killed(decided, this.#anyOf(kept)),
    );
  }

  #anyOf(rules: readonly Rule[]): Diagram {
    const diagrams = this.#diagrams;
    return rules
      .map(({ condition }) => conditionDiagram(diagrams, condition))
      .reduce((first, second) => diagrams.or(first, second), diagrams.never);
  }

  /** The answers with another in the place of kill_process, but where that is kept. */
  #killed(answers: Diagram, kept: Diagram): Diagram {
    const diagrams = this.#diagrams;
    const { kills, overridesAt } = this.#filter;
    if (kills === undefined) return answers;
    const as = actionValue(kills.as);
    const here = overridesAt === undefined ? diagrams.never : this.#isFromOverridesPlace();
    return diagrams.choose(
      diagrams.or(here, kept),
      answers,
      diagrams.map((answer) => (answer === KILL_PROCESS ? as : answer), answers),
    );
  }

  #matching(condition: Condition, answer: number): Diagram {
    const diagrams = this.#diagrams;
    return diagrams.choose(
      conditionDiagram(diagrams, condition),
      diagrams.answer(answer),
      diagrams.answer(NO_RULE),
    );
  }

  #isFromOverridesPlace(): Diagram {
    const diagrams = this.#diagrams;
    const filter = this.#filter;
    return filter.overridesAt === undefined
      ? diagrams.always
      : diagrams.compareField(
          WORD_INSTRUCTION_POINTER,
          ALL_64,
          filter.overridesAt,
          comparisonWays(diagrams, '=='),
        );
  }

  #where(word: number, value: number, then: Diagram, otherwise: Diagram): Diagram {
    const diagrams = this.#diagrams;
    return diagrams.choose(
      diagrams.compareWord(word, ALL_32, value, comparisonWays(diagrams, '==')),
      then,
      otherwise,
    );
  }

  #from(number: number, then: Diagram, otherwise: Diagram): Diagram {
    const diagrams = this.#diagrams;
    return diagrams.choose(
      diagrams.compareWord(WORD_NR, ALL_32, number, comparisonWays(diagrams, '>=')),
      then,
      otherwise,
    );
  }
}

/** Of two rules' answers the more restrictive, of equals the first. */
function strictest(first: number, second: number): number {
  if (first === NO_RULE) return second;
  if (second === NO_RULE) return first;
  return moreRestrictive(first, second);
}
