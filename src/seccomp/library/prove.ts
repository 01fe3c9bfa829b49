import type { Program } from '../bpf/instruction.ts';
import type { Filter } from '../filter.ts';
import { differenceText } from '../prove/difference-text.ts';
import { type Proof, proveFilter } from '../prove/prove-filter.ts';

export interface ProofInWords extends Proof {
  /** The call that shows a difference, and both answers, in a sentence; `undefined`: there is none. */
  readonly text: string | undefined;
}

/**
 * Proves whether a program answers every call as the rules say. Several programs are installed one over the other, the oldest
 * first. Every value of architecture, number and arguments is covered. A difference comes with a call that shows it.
 *
 * @throws TooLargeToProveError, which leaves the question open; RangeError for a program that the kernel refuses
 */
export function prove(filter: Filter, program: Program | readonly Program[]): ProofInWords {
  const proof = proveFilter(filter, 'instructions' in program ? [program] : program);
  return { ...proof, text: proof.difference && differenceText(proof.difference) };
}
