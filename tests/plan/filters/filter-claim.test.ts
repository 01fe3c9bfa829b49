import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ARCHITECTURES } from '../../../src/kernel/architecture.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { proveClaim } from '../../../src/plan/filters/filter-claim.ts';
import { launchClaims } from '../../../src/plan/filters/launch-claims.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { compileFilter, type Filter, resolveFilter } from '../../../src/seccomp/index.ts';
import { filterOf } from '../../seccomp/support/policy.ts';
import { NOBODY, sampleFacts } from '../../support/policy.ts';

const POLICIES = new URL('../../../policies/', import.meta.url);
const FILES = readdirSync(POLICIES).filter((name) => name.endsWith('.yaml'));

function read(name: string): ReturnType<typeof parsePolicy> {
  return parsePolicy(readFileSync(new URL(name, POLICIES), 'utf8'), name, { requireListen: false });
}

test.each(FILES)('%s is proved in every way to launch it, for every machine', (name) => {
  const { policy } = read(name);
  if (policy === undefined) throw new Error('no policy');
  for (const architecture of ARCHITECTURES) {
    const { filter } = resolveFilter(policy.seccomp, architecture);
    const ways = launchClaims(policy, filter);
    expect(ways.flatMap(({ claims }) => claims).length).toBeGreaterThan(2);
    for (const claim of ways.flatMap(({ claims }) => claims))
      expect(proveClaim(claim, undefined), claim.about).toMatchObject({ problem: undefined });
  }
});

test('rules whose proof would be too large are refused, and say where they are', () => {
  const pairs = Array.from(
    { length: 24 },
    (_, bit) => `(prot & ${2 ** bit} != 0 && flags & ${2 ** bit} != 0)`,
  );
  const filter = filterOf([`mmap(${pairs.join(' || ')})`]);
  const span = { file: 'example.yaml', line: 5, column: 1, length: 7 };
  const claim = { about: 'a session', filter, programs: [compileFilter(filter)] };
  const { problem, proof } = proveClaim(claim, span);
  expect(proof).toBeUndefined();
  expect(problem).toMatchSnapshot();
}, 20_000);

const COMPILER = '../../../src/seccomp/compile/compile-filter.ts';

/** Compiles plans with a compiler that forgets what a rule says about descriptors. */
async function withDefect(): Promise<typeof compilePlan> {
  vi.resetModules();
  vi.doMock(COMPILER, async (load) => {
    const original = await load<typeof import('../../../src/seccomp/compile/compile-filter.ts')>();
    const forget = (rule: Filter['rules'][number]): Filter['rules'][number] =>
      rule.call === 'write' ? { ...rule, condition: { kind: 'true' } } : rule;
    return {
      ...original,
      compileFilter: (filter: Filter) =>
        original.compileFilter({ ...filter, rules: filter.rules.map(forget) }),
    };
  });
  return (await import('../../../src/plan/compile.ts')).compilePlan;
}

describe('a compiler with a defect', () => {
  afterAll(() => {
    vi.doUnmock(COMPILER);
    vi.resetModules();
  });

  test('launches nothing, and the error names a call and the line of its rule', async () => {
    const source = `portcullis: 1
service: example
listen: tcp://[::]:7
run: [/bin/cat]
seccomp:
  rules:
    - "@start"
    - write(fd in {1, 2})
`;
    const { policy } = parsePolicy(source, 'example.yaml');
    if (policy === undefined) throw new Error('no policy');
    const input = {
      policy,
      identity: NOBODY,
      facts: sampleFacts(),
      unprivileged: false,
      shape: 'serve',
      caller: {},
    } as const;
    expect(compilePlan(input).plan).toBeDefined();
    const { plan, diagnostics } = (await withDefect())(input);
    expect(plan).toBeUndefined();
    const problems = diagnostics.filter(({ severity }) => severity === 'error');
    expect(problems.map(({ code, message, help }) => ({ code, message, help }))).toMatchSnapshot();
  });
});
