import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import {
  type Difference,
  differenceText,
  type Filter,
  type Program,
  type Proof,
  proveFilter,
  TooLargeToProveError,
} from '../../seccomp/index.ts';

/** The programs that are loaded, and the meaning that they must have. */
export interface FilterClaim {
  /** The thing that the programs confine, as a noun. */
  readonly about: string;
  readonly filter: Filter;
  /** In the order in which they are installed. */
  readonly programs: readonly Program[];
}

/** A claim and the result of its proof: neither a proof nor a problem when it is too large. */
export interface ProvedClaim {
  readonly claim: FilterClaim;
  readonly proof: Proof | undefined;
  /** The problem that forbids to load the filter. */
  readonly problem: Diagnostic | undefined;
}

const DEFECT =
  'the policy is not at fault: this is a defect of portcullis, please report it; nothing was started';

/** Proves one claim; `span` is the place of the rules in the policy, `help` the fix for a difference. */
export function proveClaim(claim: FilterClaim, span: Span | undefined, help: string = DEFECT): ProvedClaim {
  try {
    const proof = proveFilter(claim.filter, claim.programs);
    return {
      claim,
      proof,
      problem: proof.difference && differenceProblem(claim, proof.difference, span, help),
    };
  } catch (error) {
    if (!(error instanceof TooLargeToProveError)) throw error;
    return { claim, proof: undefined, problem: tooLarge(claim, error, span) };
  }
}

function differenceProblem(
  { about }: FilterClaim,
  difference: Difference,
  span: Span | undefined,
  help: string,
): Diagnostic {
  return {
    code: 'filter-not-proved',
    severity: 'error',
    message: `the filter of ${about} differs from the rules. ${differenceText(difference)}`,
    span: difference.rule?.source ?? span,
    help,
  };
}

function tooLarge({ about }: FilterClaim, error: TooLargeToProveError, span: Span | undefined): Diagnostic {
  return {
    code: 'filter-too-large-to-prove',
    severity: 'error',
    message: `the filter of ${about} is ${error.message}`,
    span,
    help: 'a filter that cannot be proved is not loaded; test one argument after the other in conditions',
  };
}

/** Returns the problems that forbid to load filters; empty when each decides as its rules do. */
export function proofProblems(claims: readonly FilterClaim[], span: Span | undefined): readonly Diagnostic[] {
  return claims.flatMap((claim) => proveClaim(claim, span).problem ?? []);
}
