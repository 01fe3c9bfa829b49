import { readHostFacts } from '../host/facts.ts';
import { ALL_CAPABILITIES } from '../kernel/capabilities.ts';
import { type Diagnostic, hasErrors } from '../policy/diagnostic.ts';
import { EXIT, ExitError } from './exit.ts';
import { loadTogether } from './launch/load-together.ts';
import { refuseErrors } from './launch/refuse-errors.ts';
import { isRefusal, peerVerdicts, readPeers } from './peer-verdicts.ts';
import type { PolicySource } from './policy-source.ts';
import { inFileOrder, reportDiagnostics } from './print/report.ts';

export interface CheckArguments {
  readonly sources: readonly PolicySource[];
  readonly json: boolean;
  readonly strict: boolean;
  /** The addresses to judge; empty: the problems of the policies are printed. */
  readonly peers: readonly string[];
}

/**
 * Checks as the launch by root would, for every caller: the caller's privileges and ports are no property of a policy.
 */
export function checkPolicies({ sources, json, strict, peers }: CheckArguments): void {
  const addresses = readPeers(peers);
  const facts = { ...readHostFacts(), permitted: ALL_CAPABILITIES };
  const { services, texts, diagnostics } = loadTogether(sources, {
    facts,
    unprivileged: false,
    trusted: false,
    caller: process.env,
    requireListen: false,
  });
  if (addresses.length > 0 && !hasErrors(diagnostics)) {
    const verdicts = services.flatMap(({ policy }) =>
      policy === undefined ? [] : peerVerdicts(policy, addresses),
    );
    reportVerdicts(verdicts, texts, json);
    return;
  }
  if (json) process.stdout.write(`${JSON.stringify(inFileOrder(diagnostics), null, 2)}\n`);
  else reportDiagnostics(diagnostics, texts, process.stdout);
  refuseErrors(diagnostics);
  if (strict && diagnostics.some(({ severity }) => severity === 'warning'))
    throw new ExitError(EXIT.findings, '');
  if (!json)
    process.stdout.write(`${sources.length === 1 ? '1 policy' : `${sources.length} policies`}: no errors\n`);
}

/** Prints one answer for each peer and policy, in their order; a refusal is a finding. */
function reportVerdicts(
  verdicts: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  json: boolean,
): void {
  if (json) process.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`);
  else for (const verdict of verdicts) reportDiagnostics([verdict], texts, process.stdout);
  if (verdicts.some(isRefusal)) throw new ExitError(EXIT.findings, '');
}
