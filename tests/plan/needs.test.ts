import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/host/findings/judge.ts';
import type { Survey } from '../../src/host/survey.ts';
import { capabilitySet } from '../../src/kernel/capabilities.ts';
import { compareKernelReleases, type KernelRelease, releaseText } from '../../src/kernel/kernel-release.ts';
import { syscallSince } from '../../src/kernel/system-call-age.ts';
import { callEffects } from '../../src/plan/check/call-effects.ts';
import { checkPlan } from '../../src/plan/check/check-plan.ts';
import { demandedCapability } from '../../src/plan/check/demanded-capability.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import type { HostFacts } from '../../src/plan/facts.ts';
import { type CapabilityNeed, isMetBy, isNeeded, type KernelNeed } from '../../src/plan/need.ts';
import { CAPABILITY_NEEDS, KERNEL_NEEDS } from '../../src/plan/needs.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { CallStep } from '../../src/plan/step.ts';
import { readCapabilityData } from '../../src/plan/steps/capabilities.ts';
import { targetFacts } from '../../src/plan/target-facts.ts';
import { GOOD_HOST } from '../support/survey.ts';
import { SAMPLE_PLANS } from './support/sample-plans.ts';

const SERVICES = SAMPLE_PLANS.map(([, plan]) => plan).filter(({ shape }) => shape !== 'direct');
const OF_ROOT = SERVICES.filter(({ contract }) => !contract.unprivileged);

/** The plans by what they are of. */
function names(plans: readonly Plan[]): readonly string[] {
  return SAMPLE_PLANS.filter(([, plan]) => plans.includes(plan)).map(([of]) => of);
}

test('every need that stands beside a step is listed', async () => {
  const folder = new URL('../../src/plan/steps/', import.meta.url);
  const files = await Promise.all(readdirSync(folder).map((file) => import(new URL(file, folder).href)));
  const needs = files.flatMap((exported) =>
    Object.entries(exported).flatMap(([name, need]) => (name.endsWith('_NEED') ? [need] : [])),
  );
  expect(new Set(needs)).toEqual(new Set([...CAPABILITY_NEEDS, ...KERNEL_NEEDS]));
});

function callsOf(plan: Plan): readonly CallStep[] {
  return plan.steps.filter((step) => step.verb === 'call');
}

/** The needs for which a plan raises a capability, and that capability alone. */
function raisedIn(plan: Plan): readonly CapabilityNeed[] {
  const raised = callsOf(plan).flatMap(({ call, operands: [, sets], why }) => {
    if (call !== 'capset' || sets?.kind !== 'data') return [];
    return [{ why, effective: readCapabilityData(sets.data).effective }];
  });
  return CAPABILITY_NEEDS.filter(({ to, capability }) =>
    raised.some(({ why, effective }) => why === to && effective === capabilitySet([capability])),
  );
}

function neededBy(need: CapabilityNeed, { contract }: Plan): boolean {
  return isNeeded(need, contract.policy, contract.facts);
}

/** The same launch on another host. */
function relaunched({ contract }: Plan, facts: Partial<HostFacts>): ReturnType<typeof compilePlan> {
  const { shape, policy, identity } = contract;
  if (shape === 'direct' || identity === undefined) throw new Error('this is the plan of a supervisor');
  return compilePlan({ ...contract, shape, policy, identity, facts: { ...contract.facts, ...facts } });
}

function withoutCapability({ capability }: CapabilityNeed, held: bigint): bigint {
  return held & ~capabilitySet([capability]);
}

/** What doctor prints of another host, without what it praises. */
function doctor(host: Partial<Survey>): readonly string[] {
  return judge({ ...GOOD_HOST, ...host }, { landlock: 'required', descriptors: 204 })
    .filter(({ level }) => level !== 'ok')
    .map(({ level, what, why }) => `${level}: ${what}; ${why}`);
}

describe.each(CAPABILITY_NEEDS.map((need) => [`${need.capability} ${need.to}`, need] as const))(
  '%s',
  (_, need) => {
    const { capability, without } = need;
    // A policy that names what a capability is for has no other launch.
    const needing = OF_ROOT.filter(
      (plan) =>
        neededBy(need, plan) && (without === 'refused' || plan.contract.policy.seccomp.report !== 'kernel'),
    );

    test('is raised by the plans of the policies that need it', () => {
      const raising = SERVICES.filter((plan) => raisedIn(plan).includes(need));
      expect(raising).not.toEqual([]);
      if (without === 'refused')
        expect(names(raising.filter((plan) => OF_ROOT.includes(plan)))).toEqual(names(needing));
      if (without === 'tolerated') {
        const having = SERVICES.filter(({ contract }) => isMetBy(contract.facts.permitted, need));
        expect(names(raising)).toEqual(names(having));
      }
    });

    test('is what the kernel demands of the calls, for the checker as well', () => {
      const effects = SERVICES.flatMap((plan) => callEffects(plan.contract).all);
      const calls = new Map(
        effects.flatMap((effect) => (effect.needs === need ? [[effect.call, effect]] : [])),
      );
      for (const [call, effect] of calls) expect(demandedCapability(effect), call).toBe(capability);
      // The bounding set has its rule in the checker's credentials.
      if (capability !== 'CAP_SETPCAP') expect(calls.size).toBeGreaterThan(0);
    });

    test('is a problem of the launcher who lacks it, where the policy needs it', () => {
      for (const plan of needing) {
        const permitted = withoutCapability(need, plan.contract.facts.permitted);
        const { plan: again, diagnostics } = relaunched(plan, { permitted });
        const said = diagnostics.filter(({ code }) => code === 'privilege-missing');
        expect(said.map(({ message }) => message.includes(`${capability},`))).toEqual(
          without === 'refused' ? [true] : [],
        );
        expect(again === undefined).toBe(without === 'refused');
        if (again === undefined) continue;
        expect(raisedIn(again)).not.toContain(need);
        expect(checkPlan(again)).toEqual([]);
      }
    });

    test('is granted to an executable for other hosts that counts on it', () => {
      for (const { contract } of needing) {
        const target = { architecture: 'x86_64', kernel: { major: 6, minor: 12 } } as const;
        const { permitted } = targetFacts(contract.policy, { ...target, unprivileged: false });
        expect(isMetBy(permitted, need)).toBe(without !== 'tolerated');
        const ofUser = targetFacts(contract.policy, { ...target, unprivileged: true });
        expect(isMetBy(ofUser.permitted, need)).toBe(need.fromHost === true && without === 'refused');
      }
    });

    test('is missed by doctor', () => {
      const printed = doctor({ bounding: withoutCapability(need, GOOD_HOST.bounding) });
      expect(printed.length).toBe(1);
      const always = CAPABILITY_NEEDS.some(
        (other) => other.capability === capability && other.without === 'refused' && other.when === undefined,
      );
      expect(printed[0]).toContain(`${always ? 'missing' : 'note'}: root here lacks ${capability}; `);
      if (!always) expect(printed[0]).toContain(without === 'replaced' ? need.instead : need.does);
    });
  },
);

test('a policy that does not need a capability starts without it', () => {
  const sparing = CAPABILITY_NEEDS.flatMap((need) =>
    OF_ROOT.filter(({ contract }) => contract.policy.capabilities.length === 0)
      .filter((plan) =>
        CAPABILITY_NEEDS.every((other) => other.capability !== need.capability || !neededBy(other, plan)),
      )
      .map((plan) => [need, plan] as const),
  );
  expect(new Set(sparing.map(([{ capability }]) => capability))).toEqual(
    new Set([
      'CAP_AUDIT_READ',
      'CAP_CHOWN',
      'CAP_DAC_OVERRIDE',
      'CAP_NET_ADMIN',
      'CAP_NET_BIND_SERVICE',
      'CAP_SYS_CHROOT',
      'CAP_SYS_RAWIO',
    ]),
  );
  for (const [need, plan] of sparing) {
    const permitted = withoutCapability(need, plan.contract.facts.permitted);
    expect(relaunched(plan, { permitted }).plan, need.to).toBeDefined();
  }
});

/** A release before this one. */
function before({ major, minor }: KernelRelease): string {
  return `${major}.${minor - 1}.99`;
}

describe.each(KERNEL_NEEDS.map((need) => [need.brings, need] as const))('%s', (_, need) => {
  const release = releaseText(need.since);
  const asks = ({ contract }: Plan): boolean =>
    need.asked === undefined || need.asked.by(contract.policy) !== undefined;
  const lacking: Partial<HostFacts> = { kernelRelease: before(need.since) };

  test('is in the plans of the policies that ask for it', () => {
    const having = SERVICES.filter((plan) =>
      callsOf(plan).some(
        ({ call, operands }) => call === need.brings || operands.some(({ text }) => text === need.brings),
      ),
    );
    expect(having).not.toEqual([]);
    expect(names(SERVICES.filter(asks))).toEqual(names(having));
  });

  test('is a problem of an older kernel, and of no other', () => {
    for (const plan of SERVICES.filter(asks)) {
      const { plan: again, diagnostics } = relaunched(plan, lacking);
      const said = diagnostics.filter(({ message, help }) => `${message} ${help}`.includes(release));
      expect(said.map(({ severity }) => severity)).toEqual([need.without === 'refused' ? 'error' : 'note']);
      expect(again === undefined).toBe(need.without === 'refused');
      const problems = said.map(({ message }) => message.split('; ').at(-1) ?? message);
      const met = relaunched(plan, { kernelRelease: `${release}.0` }).diagnostics;
      const left = met.filter(({ message }) => problems.some((problem) => message.endsWith(problem)));
      expect(left).toEqual([]);
    }
  });

  test('is missed by doctor', () => {
    const about = (facts: Partial<HostFacts>): readonly string[] =>
      doctor({ facts: { ...GOOD_HOST.facts, ...facts } }).filter((line) => line.includes(need.brings));
    expect(about(lacking)).toEqual([
      expect.stringContaining(
        need.without === 'refused' && need.asked === undefined ? 'missing: ' : 'note: ',
      ),
    ]);
    expect(about(lacking)[0]).toContain(`in Linux since ${release}`);
    expect(about({ kernelRelease: release })).toEqual([]);
  });
});

test('no step calls what is younger than the needs of its plan', () => {
  for (const plan of SERVICES) {
    const needed = KERNEL_NEEDS.filter(
      ({ asked, without }: KernelNeed) =>
        without === 'refused' && (asked === undefined || asked.by(plan.contract.policy) !== undefined),
    );
    // Landlock is asked for its version; without it there are no such steps.
    const young = callsOf(plan).filter(({ call }) => {
      const since = call.startsWith('landlock_') ? undefined : syscallSince(call);
      return since && needed.every((need) => compareKernelReleases(need.since, since) < 0);
    });
    expect(young.map(({ call }) => call)).toEqual([]);
  }
});
