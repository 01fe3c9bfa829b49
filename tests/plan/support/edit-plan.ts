import type { Plan } from '../../../src/plan/plan.ts';
import { stepText } from '../../../src/plan/print.ts';
import type { CallStep, Step } from '../../../src/plan/step.ts';

/** The number of the first step whose text begins so; a test that names none is wrong. */
export function numberOf(plan: Plan, beginning: string): number {
  const index = plan.steps.findIndex((step) => stepText(step).startsWith(beginning));
  if (index === -1) throw new Error(`no step begins with ${beginning}`);
  return index;
}

export function stepAt(plan: Plan, beginning: string): Step {
  const step = plan.steps[numberOf(plan, beginning)];
  if (step === undefined) throw new Error(`no step begins with ${beginning}`);
  return step;
}

function withSteps(plan: Plan, steps: readonly Step[]): Plan {
  return { ...plan, steps };
}

/** The plan without every step that one of the beginnings fits. */
export function without(plan: Plan, ...beginnings: readonly string[]): Plan {
  for (const beginning of beginnings) numberOf(plan, beginning);
  const stays = (step: Step): boolean => !beginnings.some((text) => stepText(step).startsWith(text));
  return withSteps(plan, plan.steps.filter(stays));
}

/** The plan with the step of this number left out. */
export function withoutNumber(plan: Plan, number: number): Plan {
  return withSteps(
    plan,
    plan.steps.filter((_, index) => index !== number),
  );
}

/** The plan with a step once more, right behind another. */
export function insertedAfter(plan: Plan, beginning: string, step: Step): Plan {
  const at = numberOf(plan, beginning) + 1;
  return withSteps(plan, [...plan.steps.slice(0, at), step, ...plan.steps.slice(at)]);
}

/** The plan with two steps in each other's place. */
export function swapped(plan: Plan, one: string, other: string): Plan {
  const numbers = [numberOf(plan, one), numberOf(plan, other)];
  const [a, b] = [stepAt(plan, one), stepAt(plan, other)];
  return withSteps(
    plan,
    plan.steps.map((step, index) => (index === numbers[0] ? b : index === numbers[1] ? a : step)),
  );
}

/** The plan with a call changed. */
export function changed(plan: Plan, beginning: string, change: Partial<CallStep>): Plan {
  const at = numberOf(plan, beginning);
  return withSteps(
    plan,
    plan.steps.map((step, index) => (index === at && step.verb === 'call' ? { ...step, ...change } : step)),
  );
}
