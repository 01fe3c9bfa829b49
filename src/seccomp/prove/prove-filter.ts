import { AUDIT_ARCH } from '../../kernel/architecture.ts';
import type { Action } from '../action.ts';
import { decodeAction } from '../action-value.ts';
import type { Program } from '../bpf/instruction.ts';
import type { CallData } from '../bpf/simulate.ts';
import { callNumber, X32_SYSCALL_BIT } from '../call-number.ts';
import type { Filter, Rule } from '../filter.ts';
import { decidingRule } from './deciding-rule.ts';
import { type Diagram, type DiagramLimits, Diagrams } from './diagram.ts';
import { firstDifference } from './first-difference.ts';
import { programDiagram } from './program-diagram.ts';
import { rulesDiagram } from './rules-diagram.ts';
import { stackDiagram } from './stack.ts';
import {
  argumentWord,
  type CallWords,
  WORD_ARCH,
  WORD_INSTRUCTION_POINTER,
  WORD_NR,
  wordsField,
} from './words.ts';

/** A call that programs do not answer as the rules say. */
export interface Difference {
  readonly call: Required<CallData>;
  /** By the rules. */
  readonly expected: Action;
  /** By the programs. */
  readonly found: Action;
  /** The rule that decides about the call, else the first that names it; `undefined`: none does. */
  readonly rule: Rule | undefined;
}

export interface Proof {
  /** `undefined`: for every call the programs answer as the rules say. */
  readonly difference: Difference | undefined;
  /** The number of nodes in the diagrams of both sides. */
  readonly nodes: number;
}

/**
 * Proves whether programs, installed in this order, together answer every call as a filter's rules say. Every value of
 * architecture, number, instruction pointer and arguments is covered. A difference comes with the smallest call that shows it,
 * one of the filter's own architecture and ABI where there is one.
 *
 * @throws TooLargeToProveError, which leaves the question open; RangeError for a program that the kernel refuses
 */
export function proveFilter(filter: Filter, programs: readonly Program[], limits?: DiagramLimits): Proof {
  const diagrams = new Diagrams(limits);
  const expected = stackDiagram(diagrams, [rulesDiagram(diagrams, filter)]);
  const newestFirst = programs.map((program) => programDiagram(diagrams, program)).reverse();
  const found = stackDiagram(diagrams, newestFirst);
  const words = witness(diagrams, filter, expected, found);
  if (words === undefined) return { difference: undefined, nodes: diagrams.count };
  const call = callOf(words);
  const isOwn = call.arch === AUDIT_ARCH[filter.architecture];
  return {
    difference: {
      call,
      expected: decodeAction(diagrams.evaluate(expected, words)),
      found: decodeAction(diagrams.evaluate(found, words)),
      rule: isOwn ? (decidingRule(filter, call) ?? firstRuleAbout(filter, call.nr)) : undefined,
    },
    nodes: diagrams.count,
  };
}

function firstRuleAbout({ rules, architecture }: Filter, nr: number): Rule | undefined {
  return rules.find(({ call }) => callNumber(call, architecture) === nr);
}

function witness(
  diagrams: Diagrams,
  { architecture }: Filter,
  expected: Diagram,
  found: Diagram,
): CallWords | undefined {
  if (expected === found) return undefined;
  const { always, never } = diagrams;
  const ownAbi = diagrams.compareWord(WORD_NR, 0xffff_ffff, X32_SYSCALL_BIT, {
    above: never,
    equal: never,
    below: always,
  });
  const own = diagrams.compareWord(WORD_ARCH, 0xffff_ffff, AUDIT_ARCH[architecture], {
    above: never,
    equal: ownAbi,
    below: never,
  });
  const inside = (diagram: Diagram): Diagram => diagrams.choose(own, diagram, never);
  return (
    firstDifference(diagrams, inside(expected), inside(found)) ?? firstDifference(diagrams, expected, found)
  );
}

function callOf(words: CallWords): Required<CallData> {
  return {
    arch: words[WORD_ARCH] ?? 0,
    nr: words[WORD_NR] ?? 0,
    instructionPointer: wordsField(words, WORD_INSTRUCTION_POINTER),
    args: [0, 1, 2, 3, 4, 5].map((argument) => wordsField(words, argumentWord(argument))),
  };
}
