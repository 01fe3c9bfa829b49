import type { Plan } from '../plan.ts';
import { stepText } from '../print.ts';
import type { Role, Step } from '../step.ts';
import { ProcessModel } from './process-model.ts';
import type { Invariant, Violation } from './violation.ts';

/** An invariant that a plan breaks. The launch is refused: this is a defect of portcullis, not of the policy. */
export interface PlanProblem {
  readonly step: number;
  readonly role: Role;
  readonly invariant: Invariant;
  readonly message: string;
}

/** Walks a plan through a model of the kernel's credential rules, once for each process that executes it. */
export function checkPlan(plan: Plan): readonly PlanProblem[] {
  const problems: PlanProblem[] = [];
  const outer = new ProcessModel(plan, 'outer');
  let inner: ProcessModel | undefined;
  let session: ProcessModel | undefined;
  plan.steps.forEach((step, index) => {
    if (step.verb === 'split') {
      outer.finishPhase();
      inner = outer.fork('inner');
    }
    for (const process of [outer, inner, session]) {
      if (process === undefined || !step.roles.includes(process.role) || step.verb === 'split') continue;
      problems.push(...report(process.execute(step), index, process.role, step));
    }
    if (step.verb === 'serve') session = inner?.fork('session');
  });
  const last = plan.steps.length - 1;
  if (plan.shape !== 'direct') problems.push(...report(outer.stayProblems(), last, 'outer', undefined));
  problems.push(...shapeProblems(plan, last));
  return problems;
}

function report(
  found: readonly Violation[],
  step: number,
  role: Role,
  what: Step | undefined,
): readonly PlanProblem[] {
  const where = what === undefined ? 'at its end' : stepText(what);
  return found.map(({ invariant, message }) => ({ step, role, invariant, message: `${where}: ${message}` }));
}

/** Every process ends in an exec or, the outer gate, in waiting; a plan that ends otherwise confines nobody. */
function shapeProblems(plan: Plan, last: number): readonly PlanProblem[] {
  const verbs = plan.steps.map((step) => step.verb).filter((verb) => verb !== 'call' && verb !== 'enter');
  const wanted = plan.shape === 'direct' ? 'env exec' : 'split serve env exec';
  if (verbs.join(' ') === wanted && plan.steps.at(-1)?.verb === 'exec') return [];
  const message = `a plan of shape ${plan.shape} has the verbs ${wanted} in this order and ends with exec, found ${verbs.join(' ')}`;
  return [{ step: last, role: 'outer', invariant: 'shape', message }];
}
