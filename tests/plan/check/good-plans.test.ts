import { expect, test } from 'vitest';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import { SAMPLE_PLANS } from '../support/sample-plans.ts';

test.each(SAMPLE_PLANS)('the plan of %s holds every invariant', (_, plan) => {
  expect(checkPlan(plan)).toEqual([]);
});
