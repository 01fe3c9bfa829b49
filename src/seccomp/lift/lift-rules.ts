import { type Architecture, AUDIT_ARCH } from '../../kernel/architecture.ts';
import { errnoOf } from '../../kernel/errno.ts';
import { syscallArguments, syscallName, syscallNumbers } from '../../kernel/system-calls.ts';
import type { Action } from '../action.ts';
import { actionValue, decodeAction } from '../action-value.ts';
import { CANCELLED_CALL, X32_SYSCALL_BIT } from '../call-number.ts';
import type { Condition } from '../condition.ts';
import { actionText } from '../language/action-text.ts';
import { conditionText } from '../language/condition-text.ts';
import { UNJUDGED } from '../language/resolve-filter.ts';
import type { Diagram, Diagrams } from '../prove/diagram.ts';
import { moreRestrictive } from '../prove/stack.ts';
import { firstLevel, WORD_ARCH, WORD_NR } from '../prove/words.ts';
import { FIELD_BITS, INSTRUCTION_POINTER_LEVEL } from './fields.ts';
import { answersOf, ofArchitecture } from './lift-calls.ts';
import { liftCondition } from './lift-condition.ts';
import { partition } from './partition.ts';
import { valueRanges } from './ranges.ts';
import { TooComplexToSayError } from './too-complex.ts';

/** A decision as rules, and in which points the rules are stricter than it. */
export interface LiftedRules {
  readonly default: Action;
  /** In the filter language, in the order of call numbers. */
  readonly rules: readonly string[];
  /** Sentences: each part that rules cannot express, and that it is refused instead. */
  readonly losses: readonly string[];
}

/** Above this many ranges of numbers a decision is no list of calls. */
const MOST_RANGES = 4096;

const KILL_PROCESS = actionValue({ kind: 'kill_process' });
const ENOSYS = actionValue({ kind: 'errno', errno: errnoOf('ENOSYS') });

/**
 * Writes the kernel's behavior, given as a diagram, in rules for one architecture. Rules that cannot express it exactly refuse
 * more, never less. Throws a `TooComplexToSayError` for a decision that is no list of calls.
 */
export function liftRules(diagrams: Diagrams, diagram: Diagram, architecture: Architecture): LiftedRules {
  return new RuleLifter(diagrams, diagram, architecture).lift();
}

class RuleLifter {
  readonly #diagrams: Diagrams;
  readonly #diagram: Diagram;
  readonly #architecture: Architecture;
  readonly #own: Diagram;
  readonly #default: number;
  readonly #losses = new Set<string>();

  constructor(diagrams: Diagrams, diagram: Diagram, architecture: Architecture) {
    this.#diagrams = diagrams;
    this.#diagram = diagram;
    this.#architecture = architecture;
    this.#own = ofArchitecture(diagrams, diagram, AUDIT_ARCH[architecture]);
    // Rules leave the call that a tracer has cancelled, and numbers without a call, to the default.
    const [only, ...others] = answersOf(diagrams, this.#ofNumber(CANCELLED_CALL));
    this.#default = only === undefined || others.length > 0 ? KILL_PROCESS : only;
  }

  lift(): LiftedRules {
    const rules: string[] = [];
    const ranges = valueRanges(this.#diagrams, this.#own, {
      level: firstLevel(WORD_NR),
      bits: 32,
      most: MOST_RANGES,
    });
    if (ranges === undefined) throw new TooComplexToSayError();
    const known = new Map<Diagram, readonly CallCase[]>();
    for (const { first, last, node } of ranges) {
      for (const number of this.#sayableNumbers(Number(first), Number(last), node)) {
        const name = syscallName(number, this.#architecture) ?? `syscall_${number}`;
        const cases = known.get(node) ?? this.#casesOf(node);
        known.set(node, cases);
        rules.push(...this.#rulesOf(name, cases, node));
      }
    }
    this.#checkOtherArchitectures();
    return { default: decodeAction(this.#default), rules, losses: [...this.#losses] };
  }

  #ofNumber(number: number): Diagram {
    return this.#diagrams.restrict(this.#own, AUDIT_ARCH[this.#architecture], number);
  }

  /** The numbers of a range that rules may name. For other numbers the decision is only checked. */
  #sayableNumbers(first: number, last: number, node: Diagram): readonly number[] {
    const isX32 = this.#architecture === 'x86_64' && last >= X32_SYSCALL_BIT && first < CANCELLED_CALL;
    if (isX32 && !this.#isOnly(node, KILL_PROCESS))
      this.#losses.add('calls of the x32 ABI are decided too; a policy kills whoever makes one');
    if (first >= X32_SYSCALL_BIT) return [];
    const named = [...syscallNumbers(this.#architecture).keys()];
    const firstUnknown = Math.max(...named) + 1;
    if (last >= firstUnknown && !this.#isOnly(node, ENOSYS)) {
      this.#losses.add(
        `calls from ${Math.max(first, firstUnknown)} on, which have no name yet, do not answer ENOSYS; a policy answers so`,
      );
    }
    const numbers = range(first, Math.min(last, firstUnknown - 1));
    // A policy answers ENOSYS to some calls unless it names them.
    return this.#isOnly(node, this.#default) ? numbers.filter((number) => this.#isUnjudged(number)) : numbers;
  }

  #isUnjudged(number: number): boolean {
    return UNJUDGED.includes(syscallName(number, this.#architecture) ?? '');
  }

  #isOnly(node: Diagram, answer: number): boolean {
    return node === this.#diagrams.answer(answer);
  }

  #casesOf(node: Diagram): readonly CallCase[] {
    const anywhere = this.#fromAnywhere(node);
    return answersOf(this.#diagrams, anywhere)
      .filter((answer, _, all) => answer !== this.#default || all.length === 1)
      .map((answer) => {
        const test = this.#diagrams.map((given) => (given === answer ? 1 : 0), anywhere);
        return { answer, condition: sayable(this.#diagrams, test) };
      });
  }

  /** Rules do not know where a call is made from: the strictest answer counts. */
  #fromAnywhere(node: Diagram): Diagram {
    if (this.#diagrams.level(node) >= INSTRUCTION_POINTER_LEVEL + FIELD_BITS) return node;
    this.#losses.add(
      'some calls are answered by where they are made from; the strictest answer is taken for all',
    );
    return partition(this.#diagrams, node, INSTRUCTION_POINTER_LEVEL)
      .map(({ rest }) => rest)
      .reduce((strictest, rest) => this.#diagrams.combine(moreRestrictive, strictest, rest));
  }

  #rulesOf(name: string, cases: readonly CallCase[], node: Diagram): readonly string[] {
    const texts: string[] = [];
    for (const { answer, condition } of cases) {
      if (condition === undefined || this.#testsAddress(condition, name)) return this.#strictest(name, node);
      const text = conditionText(condition, name, this.#architecture);
      const call = condition.kind === 'true' ? name : `${name}(${text})`;
      if (text.length > LONGEST_CONDITION) return this.#strictest(name, node);
      texts.push(`${call}${answerText(answer)}`);
    }
    return texts;
  }

  #strictest(name: string, node: Diagram): readonly string[] {
    this.#losses.add(
      `what is decided about ${name} cannot be said in a rule; the strictest of its answers is taken`,
    );
    const answer = answersOf(this.#diagrams, node).reduce(moreRestrictive);
    return answer === this.#default && !UNJUDGED.includes(name) ? [] : [`${name}${answerText(answer)}`];
  }

  /** A pointer can only be compared with NULL in rules. */
  #testsAddress(condition: Condition, name: string): boolean {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return condition.terms.some((term) => this.#testsAddress(term, name));
      case 'not':
        return this.#testsAddress(condition.term, name);
      case 'compare': {
        const argument = syscallArguments(name, this.#architecture)?.[condition.argument];
        const isNull =
          condition.value === 0n &&
          condition.width === 64 &&
          condition.mask === 0xffff_ffff_ffff_ffffn &&
          (condition.comparison === '==' || condition.comparison === '!=');
        return argument?.kind === 'pointer' && !isNull;
      }
      default:
        return false;
    }
  }

  #checkOtherArchitectures(): void {
    const ranges = valueRanges(this.#diagrams, this.#diagram, {
      level: firstLevel(WORD_ARCH),
      bits: 32,
      most: MOST_RANGES,
    });
    const kills = (ranges ?? []).filter(({ first, last, node }) => {
      const own = BigInt(AUDIT_ARCH[this.#architecture]);
      return !(first === own && last === own) && !this.#isOnly(node, KILL_PROCESS);
    });
    if (ranges === undefined || kills.length > 0)
      this.#losses.add('calls of other architectures are decided too; a policy kills whoever makes one');
  }
}

/** Returns the calls of one number that get an answer. `undefined`: the condition would be unreadable. */
interface CallCase {
  readonly answer: number;
  readonly condition: Condition | undefined;
}

/** A rule holds at most 4096 characters, the call and the action among them. */
const LONGEST_CONDITION = 3900;

function sayable(diagrams: Diagrams, test: Diagram): Condition | undefined {
  try {
    return liftCondition(diagrams, test);
  } catch (error) {
    if (error instanceof TooComplexToSayError) return undefined;
    throw error;
  }
}

function answerText(answer: number): string {
  const action = decodeAction(answer);
  return action.kind === 'allow' ? '' : ` -> ${actionText(action)}`;
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
