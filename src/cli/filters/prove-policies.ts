import type { Architecture } from '../../kernel/architecture.ts';
import { type FilterClaim, type ProvedClaim, proveClaim } from '../../plan/filters/filter-claim.ts';
import { launchClaims } from '../../plan/filters/launch-claims.ts';
import { type Diagnostic, hasErrors } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import { compileFilter, type Filter, type Program } from '../../seccomp/index.ts';
import { type NamedProgram, readPrograms, requireLegal } from '../bpf/read-programs.ts';
import { EXIT, ExitError } from '../exit.ts';
import { refuseErrors } from '../launch/refuse-errors.ts';
import { printProofs, proofsAsData } from '../print/print-proofs.ts';
import { allTexts, reportDiagnostics } from '../print/report.ts';
import { machine } from './convert-result.ts';
import { readFilter } from './read-filter.ts';

export interface ProveArguments {
  readonly files: readonly string[];
  /** What stands in the place of what we compile: a file of raw instructions, or a process with all of its filters. */
  readonly against: string | undefined;
  readonly architecture: string | undefined;
  readonly json: boolean;
}

/** What came of one policy. */
export interface ProvedPolicy {
  readonly file: string;
  readonly architecture: Architecture;
  readonly proofs: readonly { readonly launch: string | undefined; readonly proved: ProvedClaim }[];
  readonly milliseconds: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
}

type Claims = readonly { readonly launch: string | undefined; readonly claims: readonly FilterClaim[] }[];

const OTHER_PROGRAM =
  'the program and the policy are two filters: `portcullis diff` lists what each of them allows that the other does not';

/** Proves the filters of policies and says so; throws with the exit code when something is not proved. */
export function provePolicies({ files, against, architecture: asked, json }: ProveArguments): void {
  const architecture = machine(asked);
  if (against !== undefined && files.length > 1)
    throw new ExitError(
      EXIT.usage,
      `--against compares one policy with a program, found ${files.length} files`,
    );
  const others = against === undefined ? [] : readPrograms([against], architecture);
  requireLegal(others);
  const proved = files.map((file) =>
    provePolicy(file, architecture, against === undefined ? undefined : otherPrograms(against, others)),
  );
  const diagnostics = proved.flatMap((policy) => policy.diagnostics);
  if (json) process.stdout.write(`${JSON.stringify(proved.map(proofsAsData), null, 2)}\n`);
  else {
    for (const policy of proved) if (!hasErrors(policy.diagnostics)) printProofs(policy, process.stdout);
    reportDiagnostics(diagnostics, allTexts(proved), process.stdout);
  }
  refuseErrors(diagnostics);
}

interface OtherPrograms {
  readonly about: string;
  readonly programs: readonly Program[];
}

function otherPrograms(about: string, named: readonly NamedProgram[]): OtherPrograms {
  return { about, programs: named.map(({ program }) => program) };
}

function provePolicy(
  file: string,
  architecture: Architecture,
  against: OtherPrograms | undefined,
): ProvedPolicy {
  const start = performance.now();
  const { filter, policy, span, texts, diagnostics } = readFilter(file, architecture, 'launched');
  const help = against === undefined ? undefined : OTHER_PROGRAM;
  const claims = filter === undefined ? [] : claimsOf(policy, filter, against);
  const proofs = claims.flatMap(({ launch, claims: some }) =>
    some.map((claim) => ({ launch, proved: proveClaim(claim, span, help) })),
  );
  return {
    file,
    architecture,
    proofs,
    milliseconds: performance.now() - start,
    diagnostics: [...diagnostics, ...proofs.flatMap(({ proved }) => proved.problem ?? [])],
    texts,
  };
}

/** A section without a policy around it, as an import writes it, is not launched: its program is all that there is. */
function claimsOf(policy: Policy | undefined, filter: Filter, against: OtherPrograms | undefined): Claims {
  if (against !== undefined) return [{ launch: undefined, claims: [{ ...against, filter }] }];
  if (policy !== undefined) return launchClaims(policy, filter);
  return [
    { launch: undefined, claims: [{ about: 'whoever loads it', filter, programs: [compileFilter(filter)] }] },
  ];
}
