import { accessListOf } from '../../access/access-list.ts';
import { capabilitySet } from '../../kernel/capabilities.ts';
import type { DenialReport } from '../../policy/seccomp-policy.ts';
import { type Contract, descriptorsOf } from '../contract.ts';
import { callsFromPageZero, type Denials } from '../launch-mode.ts';
import type { Plan } from '../plan.ts';
import { stepText } from '../print.ts';
import type { Role, Step } from '../step.ts';
import { STANDARD_DESCRIPTORS } from '../steps/received-descriptors.ts';
import { ProcessModel } from './process-model.ts';
import type { Invariant, Violation } from './violation.ts';

/** An invariant that a plan breaks. The launch is refused: this is a defect of portcullis, not of the policy. */
export interface PlanProblem {
  readonly step: number;
  readonly role: Role;
  readonly invariant: Invariant;
  readonly message: string;
}

/**
 * Walks a plan once for each process that executes it: through the table of the calls that it may contain, and a model
 * of the kernel's credential rules.
 */
export function checkPlan(plan: Plan): readonly PlanProblem[] {
  const problems: PlanProblem[] = [];
  const outer = new ProcessModel(plan, 'outer');
  let inner: ProcessModel | undefined;
  let session: ProcessModel | undefined;
  plan.steps.forEach((step, index) => {
    const report = (process: ProcessModel, found: readonly Violation[]): void =>
      void problems.push(...reported(found, index, process.role, step));
    const there = [outer, inner, session].filter((process) => process !== undefined);
    const executing = there.filter(({ role }) => step.roles.includes(role));
    if (executing.length !== step.roles.length || executing.length === 0)
      problems.push(...reported([NOBODY], index, step.roles[0] ?? 'outer', step));
    for (const process of executing) {
      report(process, process.execute(step));
      if (step.verb === 'serve' || step.verb === 'exec') report(process, process.finalProblems());
    }
    if (step.verb === 'split') inner = outer.fork('inner');
    if (step.verb === 'serve') session = inner?.fork('session');
  });
  const last = plan.steps.length - 1;
  if (plan.shape !== 'direct') problems.push(...reported(outer.finalProblems(), last, 'outer', undefined));
  problems.push(...shapeProblems(plan, last), ...grantProblems(plan, last));
  return problems;
}

const NOBODY: Violation = { invariant: 'shape', message: 'a process that is to do it does not run yet' };

function reported(
  found: readonly Violation[],
  step: number,
  role: Role,
  what: Step | undefined,
): readonly PlanProblem[] {
  if (found.length === 0) return [];
  const where = what === undefined ? 'at its end' : stepText(what);
  return found.map(({ invariant, message }) => ({ step, role, invariant, message: `${where}: ${message}` }));
}

/** Checks that every process ends in an exec or, for the outer gate, in waiting. */
function shapeProblems(plan: Plan, last: number): readonly PlanProblem[] {
  const verbs = plan.steps
    .filter(({ verb }) => verb !== 'call')
    .map((step) => (step.verb === 'queue' ? `queue ${step.descriptor}` : step.verb));
  const start = [
    ...(plan.shape === 'standalone' &&
    plan.contract.policy.listen.some(({ inherit }) => inherit !== undefined)
      ? ['inherit']
      : []),
    ...(plan.contract.denials.by === 'audit' ? ['mark'] : []),
    ...(plan.shape === 'wrap' ? STANDARD_DESCRIPTORS.map((descriptor) => `queue ${descriptor}`) : []),
    ...(callsFromPageZero(plan.contract.guard) ? ['enter'] : []),
  ];
  const wanted = (
    plan.shape === 'direct' ? ['env', 'exec'] : [...start, 'split', 'serve', 'env', 'exec']
  ).join(' ');
  if (verbs.join(' ') === wanted && plan.steps.at(-1)?.verb === 'exec') return [];
  const message = `a plan of shape ${plan.shape} has the verbs ${wanted} in this order and ends with exec, found ${verbs.join(' ')}`;
  return [{ step: last, role: 'outer', invariant: 'shape', message }];
}

/** The policy lets it end denied calls, or tell them. */
function mayEnd(by: Denials['by'], report: DenialReport | undefined, staysInReach: boolean): boolean {
  switch (by) {
    case 'gate':
      return staysInReach && (report === undefined || report === 'gate');
    case 'audit':
      return report === undefined || report === 'kernel';
    case 'kernel':
      return report === undefined || report === 'none';
  }
}

/** Returns whether somebody judges the peers of each address exactly when the policy has a list. */
function admitsAsWritten(contract: Contract): boolean {
  if (contract.shape === 'direct') return true;
  const { policy, admission } = contract;
  switch (admission.by) {
    case 'nobody':
      return accessListOf(policy) === undefined;
    case 'kernel':
      return accessListOf(policy) !== undefined && admission.programs.length === policy.listen.length;
    case 'gate':
      return accessListOf(policy) !== undefined && policy.handoff !== 'listener';
  }
}

/** Checks that the plan has the fields of its contract. */
function grantProblems(plan: Plan, last: number): readonly PlanProblem[] {
  const { grants, descriptors, contract } = plan;
  const { policy, facts, identity, pipes, guard, denials } = contract;
  const staysInReach = identity?.uid !== 0 && !policy.capabilities.includes('CAP_SETUID');
  const wrong = [
    ...(plan.shape === contract.shape ? [] : ['shape']),
    ...(admitsAsWritten(contract) ? [] : ['access list']),
    ...(plan.architecture === facts.architecture ? [] : ['architecture']),
    ...(grants.root === (identity?.uid === 0) ? [] : ['uid 0']),
    ...(grants.capabilities === capabilitySet(policy.capabilities) ? [] : ['capabilities']),
    ...(descriptors.join() === descriptorsOf(contract).join() ? [] : ['descriptors']),
    ...(mayEnd(denials.by, policy.seccomp.report, staysInReach) ? [] : ['end of a denied call']),
    // The supervisor of an ordinary user has no page 0: only its filter decides what it may execute.
    ...(pipes === undefined && (guard.kind === 'none') !== (policy.exec === 'allow') ? ['exec'] : []),
  ];
  return wrong.map((what) => ({
    step: last,
    role: 'outer',
    invariant: 'service',
    message: `the plan has another ${what} than the policy`,
  }));
}
