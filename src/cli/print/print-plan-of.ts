import { readHostFacts } from '../../host/facts.ts';
import { ALL_CAPABILITIES } from '../../kernel/capabilities.ts';
import { planToJson, printPlan } from '../../plan/print.ts';
import { loadService } from '../launch/load-service.ts';
import { requirePlan } from '../launch/require-plan.ts';
import type { PolicySource } from '../policy-source.ts';

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
  const caller = process.env;
  const loaded = loadService(source, { facts, unprivileged, trusted: false, caller, requireListen: false });
  const plan = requirePlan(loaded);
  process.stdout.write(json ? `${JSON.stringify(planToJson(plan), null, 2)}\n` : printPlan(plan));
}
