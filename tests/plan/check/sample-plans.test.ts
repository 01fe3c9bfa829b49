import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test, vi } from 'vitest';
import { PlanBuilder } from '../../../src/plan/builder.ts';

const SOURCE = new URL('../../../src/plan/', import.meta.url).pathname;

/** A place of the compiler that adds a step: `confine.ts:60`. */
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

test('the sample plans reach every place of the compiler that adds a step', async () => {
  const reached = new Set<string>();
  for (const method of ['call', 'verb'] as const) {
    const original = PlanBuilder.prototype[method] as (...given: unknown[]) => void;
    vi.spyOn(PlanBuilder.prototype, method).mockImplementation(function (
      this: PlanBuilder,
      ...given: unknown[]
    ) {
      reached.add(callingPlace());
      original.apply(this, given);
    });
  }
  const { SAMPLE_PLANS } = await import('../support/sample-plans.ts');
  expect(SAMPLE_PLANS.length).toBeGreaterThan(20);
  const places = placesInSource();
  expect(places.length).toBeGreaterThan(60);
  expect(places.filter((place) => !reached.has(place))).toEqual([]);
});
