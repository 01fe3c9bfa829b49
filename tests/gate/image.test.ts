import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodePlan } from '../../src/plan/image/encode.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { inputsOf, SHARES } from '../support/fuzz/shares.ts';
import { HIGH_DATAGRAMS, samplePlan, samplePolicy } from '../support/policy.ts';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'image-'));
  const source = fileURLToPath(new URL('image-harness.c', import.meta.url));
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const warnings = ['-Wall', '-Wextra', '-Werror'];
  execFileSync('cc', [
    '-std=gnu17',
    '-O2',
    ...warnings,
    ...sanitizers,
    '-o',
    join(directory, 'harness'),
    source,
  ]);
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Calls with data, slots, patches, checks, a stored result and errnos that are acceptable too. */
const CALLS: ReadonlySet<string> = new Set([
  'socket',
  'bind',
  'landlock_add_rule',
  'keyctl',
  'capget',
  'getresuid',
]);

/** Every kind of step, few of each: the checksum of a small image is quick to compute. */
function smallPlan(options: Parameters<typeof samplePlan>[0]): Plan {
  const plan = samplePlan(options);
  return { ...plan, steps: plan.steps.filter((step) => step.verb !== 'call' || CALLS.has(step.call)) };
}

function harness(plan: Plan, mutations: number): ReturnType<typeof spawnSync> & { readonly text: string } {
  const file = join(directory, 'image');
  writeFileSync(file, encodePlan(plan));
  const result = spawnSync(join(directory, 'harness'), [file, String(mutations)], { encoding: 'utf8' });
  return { ...result, text: result.stdout };
}

const REASONS = [
  ...readFileSync(new URL('../../gate/image.c', import.meta.url), 'utf8').matchAll(/return "([^"]+)"/g),
].map((match) => match[1] ?? '');

test('the parser takes every image that is written', () => {
  for (const plan of [samplePlan(), samplePlan({ policy: { root: '/srv' } }), smallPlan({})]) {
    expect(harness(plan, 0)).toMatchObject({ status: 0, stderr: '' });
  }
});

test('no mutation of an image leads outside it, and each reason to refuse one is met', () => {
  // Some reasons are met once in many thousand inputs: fewer than the share would miss them.
  const inputs = Math.max(inputsOf('image'), SHARES.image);
  const penalties = { causes: [{ cause: 'crash', ms: 90_000 }], leastMs: 15_000, mostMs: 600_000 } as const;
  const limits = { ...samplePolicy().limits, penalties };
  const first = harness(
    smallPlan({ policy: { limits, listen: [HIGH_DATAGRAMS], handoff: 'peer' } }),
    Math.ceil(0.8 * inputs),
  );
  expect(first).toMatchObject({ status: 0, signal: null, stderr: '' });
  const second = harness(
    smallPlan({ facts: { permitted: (1n << 41n) - 1n - (1n << 17n) }, policy: { handoff: 'listener' } }),
    Math.ceil(0.2 * inputs),
  );
  expect(second).toMatchObject({ status: 0, signal: null, stderr: '' });
  const [, accepted = 0, refused = 0] = /accepted (\d+) refused (\d+)/.exec(first.text)?.map(Number) ?? [];
  expect(accepted).toBeGreaterThan(5_000);
  expect(refused).toBeGreaterThan(50_000);
  const met = `${first.text}${second.text}`;
  expect(REASONS.length).toBeGreaterThan(15);
  for (const reason of REASONS) expect(met).toContain(reason);
});
