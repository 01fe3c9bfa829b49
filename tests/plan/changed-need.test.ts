import { expect, test, vi } from 'vitest';
import { judge } from '../../src/host/findings/judge.ts';
import { capabilitySet } from '../../src/kernel/capabilities.ts';
import { checkPlan } from '../../src/plan/check/check-plan.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import { stepText } from '../../src/plan/print.ts';
import { targetFacts } from '../../src/plan/target-facts.ts';
import { NOBODY, sampleFacts, samplePlan, samplePolicy } from '../support/policy.ts';
import { GOOD_HOST } from '../support/survey.ts';

/** The one place where it is written that `root` takes CAP_SYS_CHROOT says something else here. */
vi.mock('../../src/plan/steps/filesystem.ts', async (original) => {
  const steps = await original<typeof import('../../src/plan/steps/filesystem.ts')>();
  return { ...steps, ROOT_NEED: { ...steps.ROOT_NEED, capability: 'CAP_SYS_PTRACE' } };
});

const PTRACE = capabilitySet(['CAP_SYS_PTRACE']);
const policy = samplePolicy({ root: '/srv/sample' });

test('another need of one step changes the plan, the problems, the target, the checker and doctor', () => {
  const plan = samplePlan({ policy });
  const raised = plan.steps.filter(({ why }) => why === 'to change the root').map(stepText);
  expect(raised).toEqual(['capset(caller, effective {CAP_SYS_PTRACE}) = 0']);

  const facts = sampleFacts();
  const launch = { policy, identity: NOBODY, unprivileged: false, shape: 'serve', caller: {} } as const;
  const { diagnostics } = compilePlan({
    ...launch,
    facts: { ...facts, permitted: facts.permitted & ~PTRACE },
  });
  expect(diagnostics.map(({ message }) => message)).toEqual([
    'the launcher lacks CAP_SYS_PTRACE, which confining sample needs',
  ]);

  const target = { architecture: 'x86_64', kernel: { major: 6, minor: 12 }, unprivileged: false } as const;
  expect(targetFacts(policy, target).permitted & PTRACE).toBe(PTRACE);

  const host = { ...GOOD_HOST, bounding: GOOD_HOST.bounding & ~PTRACE };
  expect(judge(host, { landlock: 'required', descriptors: 204 })).toContainEqual(
    expect.objectContaining({
      what: 'root here lacks CAP_SYS_PTRACE',
      why: 'it enters the `root` of a policy',
    }),
  );

  // The capability that the step states is the one that may be held, but the kernel has a rule of its own.
  expect(checkPlan(plan).map(({ invariant, message }) => `${invariant}: ${message}`)).toEqual([
    'kernel-refuses: chroot("/srv/sample") = 0: the kernel would refuse: CAP_SYS_CHROOT is not in the effective set',
  ]);
});
