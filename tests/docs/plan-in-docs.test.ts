import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Invariant } from '../../src/plan/check/violation.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import { printPlan } from '../../src/plan/print.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { NOBODY, sampleFacts } from '../support/policy.ts';
import { portcullis } from '../support/portcullis.ts';
import { blocks, page } from './support/page.ts';

const FILE = 'policies/echo.yaml';
const launch = page('docs/launch.md');
const printed = blocks(launch, 'text').find((block) => block.startsWith('echo: '));

/** The plan of a root with every capability, on x86-64: the same on every host. */
function planForRoot(): string {
  const text = readFileSync(new URL(`../../${FILE}`, import.meta.url), 'utf8');
  const { policy } = parsePolicy(text, FILE);
  if (policy === undefined) throw new Error(`${FILE} does not parse`);
  const facts = sampleFacts({ architecture: 'x86_64' });
  const { plan } = compilePlan({
    policy,
    facts,
    identity: NOBODY,
    unprivileged: false,
    shape: 'serve',
    caller: {},
  });
  if (plan === undefined) throw new Error(`${FILE} does not compile`);
  return printPlan(plan);
}

/** Without what depends on the host: the gate's hard limit, its architecture, and the capabilities that its kernel knows. */
function withoutHost(plan: string): string {
  return plan
    .replaceAll(/^ *\d+ {2}/gm, '')
    .replaceAll(/\d+ steps/g, 'steps')
    .replaceAll(/\d+ instructions/g, 'instructions')
    .replaceAll(/(RLIMIT_NOFILE, .*)(113[: ])\S+/g, '$1$2')
    .replaceAll(/(PR_CAPBSET_READ), 40/g, '$1, last')
    .replaceAll(/for \w+$/gm, '');
}

describe('docs/launch.md', () => {
  test('prints the plan of the shipped policy', () => {
    expect(printed).toBe(planForRoot());
  });

  test('prints what the command prints', async () => {
    const { stdout, stderr } = await portcullis(['plan', FILE]);
    expect(stderr).toBe('');
    expect(withoutHost(stdout)).toBe(withoutHost(printed ?? ''));
  });

  test('names every invariant of the checker', () => {
    const source = readFileSync(new URL('../../src/plan/check/violation.ts', import.meta.url), 'utf8');
    const names = [...source.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map((match) => match[1] as Invariant);
    const rows = [...launch.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(10);
    expect(rows).toEqual(names);
  });
});
