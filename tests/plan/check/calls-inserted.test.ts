import { expect, test } from 'vitest';
import { syscallArguments, syscallNumbers } from '../../../src/kernel/system-calls.ts';
import { equal, value } from '../../../src/plan/builder.ts';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { stepText } from '../../../src/plan/print.ts';
import type { CallStep, Expectation, Phase, Role } from '../../../src/plan/step.ts';
import { distinctSteps, insertedAt } from '../support/edit-plan.ts';
import { SAMPLE_PLANS } from '../support/sample-plans.ts';

interface Place {
  /** The number of the step that it is before. */
  readonly number: number;
  readonly phase: Phase;
  readonly roles: readonly Role[];
}

/** The beginning, the middle and the end of every phase, by every set of processes that has steps in it. */
function placesOf(plan: Plan): readonly Place[] {
  return (['prepare', 'confine', 'session'] as const).flatMap((phase) => {
    const numbers = plan.steps.flatMap((step, number) => (step.phase === phase ? [number] : []));
    const [first, last] = [numbers[0], numbers.at(-1)];
    if (first === undefined || last === undefined) return [];
    const sets = new Map(
      numbers.flatMap((number) => [plan.steps[number]?.roles ?? []]).map((roles) => [roles.join(), roles]),
    );
    const middle = Math.floor((first + last) / 2);
    return [first, middle, last].flatMap((number) =>
      [...sets.values()].map((roles) => ({ number, phase, roles })),
    );
  });
}

function made(
  call: string,
  number: number,
  { phase, roles }: Place,
  expected: Expectation,
  plan: Plan,
): CallStep {
  const count = syscallArguments(call, plan.architecture)?.length ?? 0;
  return {
    verb: 'call',
    phase,
    roles,
    call,
    number,
    operands: Array.from({ length: count }, () => value(0, '0')),
    expect: expected,
    tolerate: [],
    store: undefined,
    checks: [],
    why: 'it was inserted',
    source: undefined,
  };
}

test.each(SAMPLE_PLANS)('no call of the kernel passes anywhere in the plan of %s', (_, plan) => {
  const calls = [...syscallNumbers(plan.architecture)];
  expect(calls.length).toBeGreaterThan(300);
  const passed = placesOf(plan).flatMap((place) =>
    [equal(0), { kind: 'not-negative' } as const].flatMap((expected) => {
      const steps = calls.map(([number, call]) => made(call, number, place, expected, plan));
      const found = checkPlan(insertedAt(plan, place.number, ...steps));
      const seen = new Set(
        found.filter(({ invariant }) => invariant === 'known-step').map(({ step }) => step),
      );
      // What is the plan's own call is noticed when the plan makes it: alone it is tried once more.
      const own = steps.filter((_step, index) => !seen.has(place.number + index));
      return own
        .filter((step) => checkPlan(insertedAt(plan, place.number, step)).length === 0)
        .map((step) => `${stepText(step)} in ${place.phase} of ${place.roles.join(' and ')}`);
    }),
  );
  expect(passed).toEqual([]);
});

/** Steps that change nothing where they stand once more, by how their text begins. */
const REPEATED: Readonly<Record<string, string>> = {
  'capset(caller, effective {})': 'what is raised is lowered, or nothing is raised',
};

/** A step that several plans have in common is tried in the first. */
const tried = new Set<string>();

test.each(SAMPLE_PLANS)('no step of the plan of %s passes a second time', (_, plan) => {
  const numbers = new Set(placesOf(plan).map(({ number }) => number));
  const passed = distinctSteps(plan).flatMap((own) => {
    const step = plan.steps[own];
    if (step === undefined) return [];
    const text = stepText(step);
    const key = `${plan.shape} ${step.phase} ${step.roles.join()} ${text}`;
    if (tried.has(key) || Object.keys(REPEATED).some((beginning) => text.startsWith(beginning))) return [];
    tried.add(key);
    return [...numbers]
      .filter((number) => checkPlan(insertedAt(plan, number, step)).length === 0)
      .map((number) => `${text} before step ${number}`);
  });
  expect(passed).toEqual([]);
});
