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

/** The plan with steps between others: the first of them gets the number. */
export function insertedAt(plan: Plan, number: number, ...steps: readonly Step[]): Plan {
  return withSteps(plan, [...plan.steps.slice(0, number), ...steps, ...plan.steps.slice(number)]);
}

/** The plan with another step in the place of the one of this number. */
export function replacedNumber(plan: Plan, number: number, step: Step): Plan {
  return withSteps(
    plan,
    plan.steps.map((old, index) => (index === number ? step : old)),
  );
}

/** The plan with one of its steps under another number. */
export function moved(plan: Plan, from: number, to: number): Plan {
  const rest = withoutNumber(plan, from);
  const step = plan.steps[from];
  return step === undefined ? plan : insertedAt(rest, to, step);
}

/** Numbers of the first step of every kind: of 62 signals that are reset, one. */
export function distinctSteps(plan: Plan): readonly number[] {
  const kinds = new Map<string, number>();
  plan.steps.forEach((step, number) => {
    const kind = step.verb === 'call' ? `${step.call} ${step.why}` : step.verb;
    const key = `${kind} ${step.phase} ${step.roles.join()}`;
    if (!kinds.has(key)) kinds.set(key, number);
  });
  return [...kinds.values()];
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
