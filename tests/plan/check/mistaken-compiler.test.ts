import { afterEach, expect, test, vi } from 'vitest';
import { RLIM_INFINITY, RLIMIT_NAMES, type RlimitName } from '../../../src/kernel/rlimits.ts';
import type { HostFacts } from '../../../src/plan/facts.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { HIGH_DATAGRAMS, type SampleOptions, sampleFacts } from '../../support/policy.ts';

type Environment = typeof import('../../../src/plan/steps/environment.ts');
type WritePlaces = typeof import('../../../src/plan/steps/write-places.ts');
type Denials = typeof import('../../../src/plan/filters/denials.ts');
type Limits = typeof import('../../../src/plan/steps/limits.ts');
type PeerSockets = typeof import('../../../src/plan/steps/peer-sockets.ts');

/** Where the compiler decides what a policy asks for. */
const STEPS = {
  environment: '../../../src/plan/steps/environment.ts',
  writePlaces: '../../../src/plan/steps/write-places.ts',
  limits: '../../../src/plan/steps/limits.ts',
  denials: '../../../src/plan/filters/denials.ts',
  peerSockets: '../../../src/plan/steps/peer-sockets.ts',
} as const;

const SAMPLE: SampleOptions = {
  caller: { TZ: 'UTC', FOREIGN: 'of the launcher alone' },
  policy: {
    environment: { pass: ['TZ'], set: new Map([['LANG', 'C']]), peer: true },
    writable: ['/data'],
    writeAndRun: ['/code'],
  },
};

afterEach(() => {
  for (const path of Object.values(STEPS)) vi.doUnmock(path);
  vi.resetModules();
});

/** What the checker says of the plan that the compiler makes with the modules that are there now. */
async function problems(options: SampleOptions): Promise<readonly string[]> {
  vi.resetModules();
  const { samplePlan } = await import('../../support/policy.ts');
  const { checkPlan } = await import('../../../src/plan/check/check-plan.ts');
  return checkPlan(samplePlan(options)).map(({ invariant, message }) => `${invariant}: ${message}`);
}

test('the plan of a compiler without mistakes has no problem', async () => {
  expect(await problems(SAMPLE)).toEqual([]);
});

test.each<
  readonly [what: string, changed: (original: Environment) => Environment['environmentOf'], problem: string]
>([
  [
    'passes on every variable of the caller',
    ({ environmentOf }) =>
      (policy, caller) => {
        const { pass } = policy.environment;
        const all = { ...policy.environment, pass: [...new Set([...pass, ...Object.keys(caller)])] };
        return environmentOf({ ...policy, environment: all }, caller);
      },
    'the variable FOREIGN is not what the policy says',
  ],
  [
    'passes on none',
    ({ environmentOf }) =>
      (policy) =>
        environmentOf(policy, {}),
    'the variable TZ is missing',
  ],
  [
    'gives a variable twice',
    ({ environmentOf }) =>
      (policy, caller) => [...environmentOf(policy, caller), ...environmentOf(policy, caller).slice(0, 1)],
    'the variable PATH is given twice',
  ],
])('a compiler that %s is found', async (_, changed, problem) => {
  vi.doMock(STEPS.environment, async (original) => {
    const steps = await original<Environment>();
    return { ...steps, environmentOf: changed(steps) };
  });
  expect((await problems(SAMPLE)).filter((text) => text.endsWith(problem))).toHaveLength(1);
});

test.each([
  ['leaves programs where `writable` is', true, '/data'],
  ['takes them from where `write-and-run` is', false, '/code'],
])('a compiler that %s is found', async (_, runs, path) => {
  vi.doMock(STEPS.writePlaces, async (original) => {
    const steps = await original<WritePlaces>();
    const writePlaces: WritePlaces['writePlaces'] = (...args) =>
      steps.writePlaces(...args).map((place) => ({ ...place, runs }));
    return { ...steps, writePlaces };
  });
  expect(await problems(SAMPLE)).toContainEqual(expect.stringContaining(`statfs("${path}", flags)`));
});

const RULES = { default: { text: 'kill_process', span: undefined }, kernel: undefined, rules: [] } as const;

test.each<readonly [what: string, options: SampleOptions]>([
  ['of root', { policy: { user: 'root', reason: 'x' }, identity: { uid: 0, gid: 0, groups: [] } }],
  ['of who may change its user', { policy: { capabilities: ['CAP_SETUID'] } }],
  [
    'that the policy leaves to the kernel',
    { policy: { seccomp: { ...RULES, groups: new Map(), span: undefined, report: 'none' } } },
  ],
])('a compiler that lets the gate end a denied call %s is found', async (_, options) => {
  expect(await problems(options)).toEqual([]);
  vi.doMock(STEPS.denials, async (original) => {
    const denials = await original<Denials>();
    const denialsOf: Denials['denialsOf'] = () => ({ by: 'gate', namesPrograms: false });
    return { ...denials, denialsOf };
  });
  expect(await problems(options)).toEqual([
    'service: the plan has another end of a denied call than the policy',
  ]);
});

/** A policy that asks for all that the caller may grant. */
function atTheHardLimit(policy: Policy, { hardLimits }: HostFacts): Policy {
  const limit = (name: RlimitName): Policy['rlimits'][RlimitName] => ({
    soft: hardLimits[name],
    hard: hardLimits[name],
  });
  const rlimits = Object.fromEntries(RLIMIT_NAMES.map((name) => [name, limit(name)]));
  return { ...policy, rlimits: { ...policy.rlimits, ...rlimits } };
}

test('a compiler that leaves every limit at what the caller may grant is found', async () => {
  vi.doMock(STEPS.limits, async (original) => {
    const steps = await original<Limits>();
    const limitFor: Limits['limitFor'] = (policy, facts, name) =>
      steps.limitFor(atTheHardLimit(policy, facts), facts, name);
    const limitService: Limits['limitService'] = (builder, policy, facts) =>
      steps.limitService(builder, atTheHardLimit(policy, facts), facts);
    const limitSession: Limits['limitSession'] = (builder, policy, facts) =>
      steps.limitSession(builder, atTheHardLimit(policy, facts), facts);
    return { ...steps, limitFor, limitService, limitSession };
  });
  const found = await problems(SAMPLE);
  for (const name of ['CORE', 'NOFILE'])
    expect(found).toContainEqual(expect.stringContaining(`RLIMIT_${name}, unlimited`));
});

test('a default is lowered to what the caller may grant', async () => {
  const { hardLimits } = sampleFacts();
  const lowered = { ...SAMPLE, facts: { hardLimits: { ...hardLimits, as: 4096n, nofile: 1024n } } };
  expect(await problems(lowered)).toEqual([]);
  vi.doMock(STEPS.limits, async (original) => {
    const steps = await original<Limits>();
    const limitSession: Limits['limitSession'] = (builder, policy, facts) =>
      steps.limitSession(builder, policy, { ...facts, hardLimits: { ...hardLimits, as: RLIM_INFINITY } });
    return { ...steps, limitSession };
  });
  expect(await problems(lowered)).toContainEqual(expect.stringContaining('RLIMIT_AS'));
});

test.each<readonly [what: string, changed: (original: PeerSockets) => PeerSockets['datagramTerms']]>([
  [
    'forgets the ports of other services',
    ({ datagramTerms }) =>
      (policy) =>
        datagramTerms(policy, []),
  ],
  [
    'forgets its own port',
    ({ datagramTerms }) =>
      (policy, served) =>
        datagramTerms({ ...policy, listen: [] }, served),
  ],
  [
    'gives peers a larger budget',
    ({ datagramTerms }) =>
      (policy, served) =>
        datagramTerms({ ...policy, amplification: 2 }, served),
  ],
])('a compiler that %s is found', async (_, changed) => {
  const served: SampleOptions = {
    policy: { listen: [HIGH_DATAGRAMS], handoff: 'peer' },
    servedPorts: [53, HIGH_DATAGRAMS.port, 53],
  };
  expect(await problems(served)).toEqual([]);
  vi.doMock(STEPS.peerSockets, async (original) => {
    const sockets = await original<PeerSockets>();
    return { ...sockets, datagramTerms: changed(sockets) };
  });
  const wrong = await problems({ ...served, servedPorts: [53] });
  expect(wrong).toEqual([expect.stringContaining('datagrams is not what the policy says')]);
});
