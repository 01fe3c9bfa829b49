import type { Architecture } from '../../kernel/architecture.ts';
import type { Program } from '../bpf/instruction.ts';
import { diffFilters } from '../diff/diff-filters.ts';
import { type DifferenceText, differenceTexts } from '../diff/diff-text.ts';
import type { Filter } from '../filter.ts';
import { type Diagram, Diagrams } from '../prove/diagram.ts';
import { programDiagram } from '../prove/program-diagram.ts';
import { rulesDiagram } from '../prove/rules-diagram.ts';
import { stackDiagram } from '../prove/stack.ts';

/** A source of decisions about calls: rules, a program, or programs that are installed one over the other, the oldest first. */
export type Decider = Filter | Program | readonly Program[];

export interface Comparison {
  /** True when the second lets a call through that the first stops: a change must not do so unnoticed. */
  readonly wider: boolean;
  /** Every call that the two answer differently, in the words of the filter language; none when they are equal. */
  readonly differences: readonly DifferenceText[];
}

/**
 * Returns every difference of the second decider from the first. Every call is compared, none is sampled.
 *
 * @throws TooLargeToProveError and TooComplexToSayError, which leave the question open; RangeError for a program that the
 * kernel refuses, and for an empty list
 */
export function compareDeciders(before: Decider, after: Decider): Comparison {
  const diagrams = new Diagrams();
  const found = diffFilters(diagrams, decision(diagrams, before), decision(diagrams, after));
  return {
    wider: found.some(({ direction }) => direction === 'wider'),
    differences: differenceTexts(found, machineOf(before)),
  };
}

function decision(diagrams: Diagrams, decider: Decider): Diagram {
  if ('rules' in decider) return stackDiagram(diagrams, [rulesDiagram(diagrams, decider)]);
  const programs = 'instructions' in decider ? [decider] : decider;
  return stackDiagram(diagrams, programs.map((program) => programDiagram(diagrams, program)).reverse());
}

function machineOf(decider: Decider): Architecture {
  if ('architecture' in decider) return decider.architecture;
  const [oldest] = decider;
  if (oldest === undefined) throw new RangeError('a list of programs to compare is empty');
  return oldest.architecture;
}
