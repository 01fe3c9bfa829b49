import { readHostFacts } from '../host/facts.ts';
import { ALL_CAPABILITIES } from '../kernel/capabilities.ts';
import { checkTogether } from '../policy/check-together.ts';
import { EXIT, ExitError } from './exit.ts';
import { loadService } from './load-service.ts';
import type { PolicySource } from './policy-source.ts';
import { allTexts, inFileOrder, reportDiagnostics } from './report.ts';

export interface CheckArguments {
  readonly sources: readonly PolicySource[];
  readonly json: boolean;
  readonly strict: boolean;
}

/** Checks as the launch by root would, whoever asks: privileges and ports of the caller are no property of a policy. */
export function checkPolicies({ sources, json, strict }: CheckArguments): void {
  const facts = { ...readHostFacts(), permitted: ALL_CAPABILITIES };
  const loaded = sources.map((source) =>
    loadService(source, {
      facts,
      unprivileged: false,
      trusted: false,
      caller: process.env,
      requireListen: false,
    }),
  );
  const policies = loaded.flatMap(({ policy, uid }) =>
    policy === undefined || uid === undefined ? [] : [{ policy, uid }],
  );
  const diagnostics = [...loaded.flatMap((service) => service.diagnostics), ...checkTogether(policies)];
  if (json) process.stdout.write(`${JSON.stringify(inFileOrder(diagnostics), null, 2)}\n`);
  else reportDiagnostics(diagnostics, allTexts(loaded), process.stdout);
  if (diagnostics.some(({ code }) => code === 'file-unreadable')) throw new ExitError(EXIT.usage, '');
  if (diagnostics.some(({ severity }) => severity === 'error' || (strict && severity === 'warning')))
    throw new ExitError(EXIT.findings, '');
  if (!json)
    process.stdout.write(`${sources.length === 1 ? '1 policy' : `${sources.length} policies`}: no errors\n`);
}
