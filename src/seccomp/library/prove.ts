import type { Program } from '../bpf/instruction.ts';
import type { Filter } from '../filter.ts';
import { differenceText } from '../prove/difference-text.ts';
import { type Proof, proveFilter } from '../prove/prove-filter.ts';

export interface ProofInWords extends Proof {
  /** The call that shows a difference, and both answers, in a sentence; `undefined`: there is none. */
  readonly text: string | undefined;
}

/**
 * Whether a program, or several that are installed one over the other, the oldest first, answers every call as the rules say.
 * Every value of architecture, number and arguments is covered; a difference comes with a call that shows it.
 *
 * @throws TooLargeToProveError, which says nothing about the program; RangeError for one that the kernel refuses
 */
export function prove(filter: Filter, program: Program | readonly Program[]): ProofInWords {
  const proof = proveFilter(filter, 'instructions' in program ? [program] : program);
  return { ...proof, text: proof.difference && differenceText(proof.difference) };
}
