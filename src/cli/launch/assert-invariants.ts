import { checkPlan } from '../../plan/check/check-plan.ts';
import type { Plan } from '../../plan/plan.ts';

/** Ends the launch when the plan breaks an invariant: that is a defect of this program. */
export function assertInvariants(plan: Plan): void {
  const [problem] = checkPlan(plan);
  if (problem === undefined) return;
  throw new Error(
    `the plan of ${plan.service} breaks an invariant (${problem.invariant}) in step ${problem.step}, ${problem.role}: ${problem.message}; this is a defect of portcullis, nothing was started`,
  );
}
