import { checkPlan } from '../../plan/check/check-plan.ts';
import type { Plan } from '../../plan/plan.ts';

/** A plan that breaks an invariant is a defect of this program: it says so and goes no further. */
export function assertInvariants(plan: Plan): void {
  const [problem] = checkPlan(plan);
  if (problem === undefined) return;
  throw new Error(
    `the plan of ${plan.service} breaks an invariant (${problem.invariant}) in step ${problem.step}, ${problem.role}: ${problem.message}; this is a defect of portcullis, nothing was started`,
  );
}
