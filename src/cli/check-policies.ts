import { readHostFacts } from '../host/facts.ts';
import { ALL_CAPABILITIES } from '../kernel/capabilities.ts';
import { EXIT, ExitError } from './exit.ts';
import { loadTogether } from './launch/load-together.ts';
import { refuseErrors } from './launch/refuse-errors.ts';
import type { PolicySource } from './policy-source.ts';
import { inFileOrder, reportDiagnostics } from './print/report.ts';

export interface CheckArguments {
  readonly sources: readonly PolicySource[];
  readonly json: boolean;
  readonly strict: boolean;
}

/**
 * Checks as the launch by root would, for every caller: the caller's privileges and ports are no property of a policy.
 */
export function checkPolicies({ sources, json, strict }: CheckArguments): void {
  const facts = { ...readHostFacts(), permitted: ALL_CAPABILITIES };
  const { texts, diagnostics } = loadTogether(sources, {
    facts,
    unprivileged: false,
    trusted: false,
    caller: process.env,
    requireListen: false,
  });
  if (json) process.stdout.write(`${JSON.stringify(inFileOrder(diagnostics), null, 2)}\n`);
  else reportDiagnostics(diagnostics, texts, process.stdout);
  refuseErrors(diagnostics);
  if (strict && diagnostics.some(({ severity }) => severity === 'warning'))
    throw new ExitError(EXIT.findings, '');
  if (!json)
    process.stdout.write(`${sources.length === 1 ? '1 policy' : `${sources.length} policies`}: no errors\n`);
}
