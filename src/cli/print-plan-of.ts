import { readHostFacts } from '../host/facts.ts';
import { ALL_CAPABILITIES } from '../kernel/capabilities.ts';
import { planToJson, printPlan } from '../plan/print.ts';
import { hasErrors } from '../policy/diagnostic.ts';
import { EXIT, ExitError } from './exit.ts';
import { loadService } from './load-service.ts';
import type { PolicySource } from './policy-source.ts';
import { reportDiagnostics, withoutNotes } from './report.ts';

export interface PlanArguments {
  readonly source: PolicySource;
  readonly json: boolean;
  readonly unprivileged: boolean;
}

/** Needs no root: without it, the plan is the one that root would execute. */
export function printPlanOf({ source, json, unprivileged }: PlanArguments): void {
  const host = readHostFacts();
  const facts = unprivileged
    ? host
    : { ...host, uid: 0, gid: 0, permitted: host.uid === 0 ? host.permitted : ALL_CAPABILITIES };
  const loaded = loadService(source, {
    facts,
    unprivileged,
    trusted: false,
    caller: process.env,
    requireListen: false,
  });
  reportDiagnostics(withoutNotes(loaded.diagnostics), loaded.texts, process.stderr);
  if (loaded.diagnostics.some(({ code }) => code === 'file-unreadable')) throw new ExitError(EXIT.usage, '');
  if (loaded.plan === undefined || hasErrors(loaded.diagnostics)) throw new ExitError(EXIT.findings, '');
  process.stdout.write(
    json ? `${JSON.stringify(planToJson(loaded.plan), null, 2)}\n` : printPlan(loaded.plan),
  );
}
