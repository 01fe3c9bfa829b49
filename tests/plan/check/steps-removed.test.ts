import { expect, test } from 'vitest';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import { stepText } from '../../../src/plan/print.ts';
import { distinctSteps, withoutNumber } from '../support/edit-plan.ts';
import { SAMPLE_PLANS } from '../support/sample-plans.ts';

/** Of each shape one plan loses every step in turn; the others one of each kind. */
const whole = new Set<string>();

test.each(SAMPLE_PLANS)('the plan of %s loses no step unnoticed', (_, plan) => {
  const numbers = whole.has(plan.shape) ? distinctSteps(plan) : plan.steps.map((_step, number) => number);
  whole.add(plan.shape);
  const unnoticed = numbers
    .filter((number) => checkPlan(withoutNumber(plan, number)).length === 0)
    .flatMap((number) => plan.steps[number] ?? [])
    .map(stepText);
  expect(unnoticed).toEqual([]);
});
