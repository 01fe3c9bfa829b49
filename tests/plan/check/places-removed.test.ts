import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PlanBuilder } from '../../../src/plan/builder.ts';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { Step } from '../../../src/plan/step.ts';

const SOURCE = new URL('../../../src/plan/', import.meta.url).pathname;

/** The places of the compiler that add a step: `confine.ts:60`. */
function placesInSource(): readonly string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'builder.ts')
    .flatMap((path) =>
      readFileSync(join(SOURCE, path), 'utf8')
        .split('\n')
        .flatMap((line, index) => (/\bbuilder\.(call|verb)\(/.test(line) ? [`${path}:${index + 1}`] : [])),
    );
}

/** The place that called a method of the builder. */
function callingPlace(): string {
  const line = new Error().stack
    ?.split('\n')
    .find((text) => text.includes(SOURCE) && !text.includes('builder.ts'));
  const [, file = '', number = ''] = /([^\s(]+):(\d+):\d+\)?$/.exec(line ?? '') ?? [];
  return `${relative(SOURCE, file)}:${number}`;
}

/** The place that added each step of the sample plans. */
const placeOf = new Map<Step, string>();
let plans: readonly (readonly [of: string, plan: Plan])[] = [];

/** Another test of this process may have compiled the sample plans already: these are compiled anew, by a builder of their own. */
beforeAll(async () => {
  vi.resetModules();
  const builder = await import('../../../src/plan/builder.ts');
  for (const method of ['call', 'verb'] as const) {
    const original = builder.PlanBuilder.prototype[method] as (...given: unknown[]) => void;
    vi.spyOn(builder.PlanBuilder.prototype, method).mockImplementation(function (
      this: PlanBuilder,
      ...given: unknown[]
    ) {
      const place = callingPlace();
      original.apply(this, given);
      const added = this.steps.at(-1);
      if (added !== undefined) placeOf.set(added, place);
    });
  }
  plans = (await import('../support/sample-plans.ts')).SAMPLE_PLANS;
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

test('the sample plans reach every place of the compiler that adds a step', () => {
  const reached = new Set(placeOf.values());
  const places = placesInSource();
  expect(places.length).toBeGreaterThan(60);
  expect(places.filter((place) => !reached.has(place))).toEqual([]);
});

test('without any of these places no plan that has its steps is started', () => {
  const unnoticed = plans.flatMap(([of, plan]) => {
    const places = new Set(plan.steps.map((step) => placeOf.get(step)));
    expect(places).not.toContain(undefined);
    return [...places]
      .map((place) => ({ place, steps: plan.steps.filter((step) => placeOf.get(step) !== place) }))
      .filter(({ steps }) => checkPlan({ ...plan, steps }).length === 0)
      .map(({ place }) => `${place} in the plan of ${of}`);
  });
  expect(unnoticed).toEqual([]);
});
