import { describe, expect, test } from 'vitest';
import { type Admission, admissionOf } from '../../../src/access/admission.ts';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { stepText } from '../../../src/plan/print.ts';
import { assumedTry } from '../../../src/plan/steps/access-list.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { apart } from '../../access/support/apart.ts';
import {
  HIGH_PORT,
  NOBODY,
  PRIVILEGED_PORT,
  sampleFacts,
  samplePlan,
  samplePolicy,
} from '../../support/policy.ts';

const SHORT: Partial<Policy> = { allow: apart('inet', 3, 24), deny: apart('inet6', 2, 48) };

function problemsOf(policy: Partial<Policy>, admission: Admission): readonly string[] {
  const { diagnostics } = compilePlan({
    policy: samplePolicy(policy),
    facts: sampleFacts(),
    identity: NOBODY,
    unprivileged: false,
    shape: 'serve',
    caller: {},
    admission,
  });
  return diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
}

function admission(policy: Partial<Policy>, answer: (length: number) => string | undefined): Admission {
  return admissionOf(samplePolicy(policy), 'x86_64', ({ instructions }) => answer(instructions.length));
}

describe('the one that judges peers', () => {
  test('is nobody without a list, and the kernel where it takes the filter of every socket', () => {
    expect(admission({}, () => undefined)).toEqual({ by: 'nobody' });
    const asked: number[] = [];
    const several = { ...SHORT, listen: [PRIVILEGED_PORT, HIGH_PORT, { ...HIGH_PORT, port: 10_008 }] };
    const found = admission(several, (length) => void asked.push(length));
    expect(found.by).toBe('kernel');
    if (found.by !== 'kernel') return;
    const [both, inet, again] = found.programs;
    expect(asked).toEqual([both?.instructions.length, inet?.instructions.length]);
    expect(inet?.instructions.length).toBeLessThan(both?.instructions.length ?? 0);
    expect(again).toBe(inet);
  });

  test('is the gate where the kernel refuses one filter, or it is too long to be asked', () => {
    expect(admission(SHORT, () => 'ENOMEM')).toMatchObject({
      by: 'gate',
      refusal: expect.stringContaining('ENOMEM'),
    });
    const never = (): never => {
      throw new Error('the kernel is asked');
    };
    for (const count of [2100, 5000])
      expect(admission({ allow: apart('inet', count, 24) }, never)).toMatchObject({
        by: 'gate',
        refusal: expect.stringMatching(/instructions, and the kernel takes 4096$/),
      });
  });

  test('is said where it is the gate, and an error where no gate accepts', () => {
    const gate = admission(SHORT, () => 'ENOMEM');
    expect(problemsOf(SHORT, gate)).toEqual([expect.stringMatching(/^note access-in-gate: .*ENOMEM/)]);
    const listener = { ...SHORT, listen: [HIGH_PORT], handoff: 'listener' } as const;
    expect(problemsOf(listener, gate)).toEqual([
      expect.stringMatching(/^error access-not-filtered: .*ENOMEM/),
    ]);
    const turns = Array.from({ length: 131_073 }, (_, index) => BigInt(index));
    const large: Admission = { by: 'gate', turns: { inet: turns, inet6: [] }, refusal: 'it is long' };
    expect(problemsOf(SHORT, large)).toContainEqual(
      expect.stringMatching(/^error too-many: 131073 .* 131072$/),
    );
  });

  test('of a host that cannot be asked follows from its kernel and user', () => {
    const length = (
      count: number,
      kernel: { major: number; minor: number },
      unprivileged = false,
    ): string => {
      const target = { architecture: 'x86_64', kernel, unprivileged } as const;
      const policy = samplePolicy({ allow: apart('inet', count, 24) });
      return admissionOf(policy, 'x86_64', assumedTry(target)).by;
    };
    expect(length(300, { major: 6, minor: 6 })).toBe('kernel');
    expect(length(900, { major: 6, minor: 6 })).toBe('gate');
    expect(length(900, { major: 6, minor: 7 })).toBe('kernel');
    expect(length(3, { major: 6, minor: 12 }, true)).toBe('gate');
  });
});

describe('the plan of a list', () => {
  test('filters peers before a socket is bound, and locks only what a service holds', () => {
    const names = (policy: Partial<Policy>): readonly string[] =>
      samplePlan({ policy })
        .steps.map(stepText)
        .flatMap((text) => /SO_\w+_FILTER|^(?:bind|listen)/.exec(text)?.[0] ?? []);
    expect(names(SHORT)).toEqual(['SO_ATTACH_FILTER', 'bind', 'listen']);
    expect(names({ ...SHORT, listen: [HIGH_PORT], handoff: 'listener' })).toEqual([
      ...['SO_ATTACH_FILTER', 'SO_LOCK_FILTER', 'bind', 'listen'],
    ]);
  });

  test('that forgets the list, or judges without one, is refused', () => {
    const plan = samplePlan({ policy: SHORT });
    const { contract } = plan;
    if (contract.shape === 'direct') throw new Error('this is the plan of a supervisor');
    const forgotten = samplePlan({ policy: SHORT, admission: { by: 'nobody' } });
    expect(checkPlan(forgotten).map(({ message }) => message)).toEqual([
      'the plan has another access list than the policy',
    ]);
    const invented = samplePlan({ admission: contract.admission });
    expect(checkPlan(invented).map(({ message }) => message)).toEqual([
      'the plan has another access list than the policy',
    ]);
  });
});
