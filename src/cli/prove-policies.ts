import { readFileSync } from 'node:fs';
import { hostArchitecture } from '../host/facts.ts';
import { errorCode, explain } from '../host/walk-path.ts';
import { ARCHITECTURES, type Architecture } from '../kernel/architecture.ts';
import { type FilterClaim, type ProvedClaim, proveClaim } from '../plan/filter-claim.ts';
import { launchClaims } from '../plan/launch-claims.ts';
import { type Diagnostic, hasErrors } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { checkProgram, decodeProgram, type Filter, type Program, resolveFilter } from '../seccomp/index.ts';
import { EXIT, ExitError } from './exit.ts';
import { printProofs, proofsAsData } from './print-proofs.ts';
import { readSource } from './read-source.ts';
import { allTexts, reportDiagnostics } from './report.ts';

export interface ProveArguments {
  readonly files: readonly string[];
  /** A file of raw instructions, in the place of what we compile. */
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
export function provePolicies({ files, against, architecture: machine, json }: ProveArguments): void {
  const architecture = ARCHITECTURES.find((name) => name === (machine ?? hostArchitecture()));
  if (architecture === undefined) throw new ExitError(EXIT.usage, `there is no machine '${machine}'`);
  if (against !== undefined && files.length > 1)
    throw new ExitError(
      EXIT.usage,
      `--against compares one policy with a program, found ${files.length} files`,
    );
  const program = against === undefined ? undefined : readProgram(against, architecture);
  const proved = files.map((file) =>
    provePolicy(file, architecture, (policy, filter) =>
      against === undefined || program === undefined
        ? launchClaims(policy, filter)
        : [{ launch: undefined, claims: [{ about: against, filter, programs: [program] }] }],
    ),
  );
  const diagnostics = proved.flatMap((policy) => policy.diagnostics);
  if (json) process.stdout.write(`${JSON.stringify(proved.map(proofsAsData), null, 2)}\n`);
  else {
    for (const policy of proved) if (!hasErrors(policy.diagnostics)) printProofs(policy, process.stdout);
    reportDiagnostics(diagnostics, allTexts(proved), process.stdout);
  }
  if (diagnostics.some(({ code }) => code === 'file-unreadable')) throw new ExitError(EXIT.usage, '');
  if (hasErrors(diagnostics)) throw new ExitError(EXIT.findings, '');
}

function provePolicy(
  file: string,
  architecture: Architecture,
  claimsOf: (policy: Policy, filter: Filter) => Claims,
): ProvedPolicy {
  const start = performance.now();
  const read = readSource({ kind: 'file', file }, { trusted: false, caller: {}, requireListen: false });
  const policy = read.parsed?.policy;
  const parsed = [...read.diagnostics, ...(read.parsed?.diagnostics ?? [])];
  const resolved = policy && resolveFilter(policy.seccomp, architecture);
  const problems = [...parsed, ...(resolved?.diagnostics ?? [])].filter(
    ({ severity }) => severity === 'error',
  );
  const span = policy?.seccomp.span;
  const help = (launch: string | undefined): string | undefined =>
    launch === undefined ? OTHER_PROGRAM : undefined;
  const claims =
    policy === undefined || resolved === undefined || problems.length > 0
      ? []
      : claimsOf(policy, resolved.filter);
  const proofs = claims.flatMap(({ launch, claims: some }) =>
    some.map((claim) => ({ launch, proved: proveClaim(claim, span, help(launch)) })),
  );
  return {
    file,
    architecture,
    proofs,
    milliseconds: performance.now() - start,
    diagnostics: [...problems, ...proofs.flatMap(({ proved }) => proved.problem ?? [])],
    texts: read.texts,
  };
}

/** Raw instructions that the kernel would take. */
function readProgram(file: string, architecture: Architecture): Program {
  const decoded = decodeProgram(readBytes(file), architecture);
  if (!decoded.ok) throw new ExitError(EXIT.findings, `${file}: ${decoded.message}; ${decoded.help}`);
  const [problem] = checkProgram(decoded.program);
  if (problem === undefined) return decoded.program;
  const place = problem.instruction === undefined ? '' : `instruction ${problem.instruction}: `;
  throw new ExitError(EXIT.findings, `${file}: ${place}${problem.message}; ${problem.help}`);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ExitError(EXIT.usage, `${file} cannot be read: ${explain(errorCode(error))}`);
  }
}
