import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CAPABILITY_NAMES, capabilitySet } from '../../../src/kernel/capabilities.ts';
import { RLIM_INFINITY, RLIMIT_NAMES, type RlimitName } from '../../../src/kernel/rlimits.ts';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import type { HostFacts } from '../../../src/plan/facts.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import {
  DATAGRAMS,
  HIGH_DATAGRAMS,
  HIGH_PORT,
  PRIVILEGED_PORT,
  sampleFacts,
  samplePolicy,
} from '../../support/policy.ts';

const BIND = capabilitySet(['CAP_NET_BIND_SERVICE']);
const id = fc.constantFrom(1, 10, 1000, 65_534);
const limit = fc.constantFrom(200n, 4096n, RLIM_INFINITY);
/** A policy may name one twice. */
const capabilities = fc.array(fc.constantFrom(...CAPABILITY_NAMES), { maxLength: 3 });

const policies: fc.Arbitrary<Partial<Policy>> = fc
  .record({
    listen: fc.constantFrom([PRIVILEGED_PORT], [HIGH_PORT], [PRIVILEGED_PORT, HIGH_PORT]),
    handoff: fc.constantFrom('connection', 'listener', 'peer'),
    listenFds: fc.boolean(),
    capabilities,
    umask: fc.constantFrom(0, 0o22, 0o77, 0o777),
    directory: fc.constantFrom('/', '/tmp'),
    stderr: fc.constantFrom('log', 'null', 'socket'),
    exec: fc.constantFrom('once', 'allow'),
    root: fc.constantFrom(undefined, '/srv/sample'),
    writable: fc.array(fc.constantFrom('/data', '/tmp', '/dev/null', '/data/more'), { maxLength: 4 }),
    network: fc.constantFrom('none', 'host'),
    landlock: fc.constantFrom('required', 'best-effort'),
    limits: fc.record({
      sessions: fc.constantFrom(1, 3, 64),
      perSource: fc.constantFrom(undefined, 1),
      rate: fc.constantFrom(undefined, { intervalNs: 1000 }),
      burst: fc.constantFrom(1, 20),
      totalRate: fc.constantFrom(undefined, { intervalNs: 86_400e9 }),
      totalBurst: fc.constantFrom(1, 50),
      datagrams: fc.constantFrom({ intervalNs: 10_000_000 }, { intervalNs: 86_400e9 }),
      penalties: fc.constantFrom(undefined, {
        causes: [
          { cause: 'crash', ms: 90_000 },
          { cause: 'status', status: 77, ms: 10_000 },
        ] as const,
        leastMs: 15_000,
        mostMs: 600_000,
      }),
      timeMs: fc.constantFrom(undefined, 1000),
      clientGoneMs: fc.constantFrom(undefined, 5000),
      firstByteMs: fc.constantFrom(undefined, 2000),
      idleMs: fc.constantFrom(undefined, 4000),
      signal: fc.constantFrom('SIGTERM', 'SIGINT'),
      graceMs: fc.constantFrom(0, 2000),
      drainMs: fc.constantFrom(0, 3000),
    }),
    run: fc.constantFrom<[string, ...string[]]>(['/bin/cat'], ['/bin/cat', '-u'], [`/${'x'.repeat(4090)}`]),
  })
  .map((policy) => {
    const listen = policy.handoff === 'peer' ? [DATAGRAMS, HIGH_DATAGRAMS] : policy.listen;
    const listenFds = policy.listenFds && policy.handoff === 'listener';
    return { ...policy, listen, listenFds } as Partial<Policy>;
  });

const hosts: fc.Arbitrary<Partial<HostFacts>> = fc.record({
  permitted: fc.oneof(
    fc.constant((1n << 41n) - 1n),
    fc.subarray([...CAPABILITY_NAMES], { minLength: 30 }).map(capabilitySet),
    fc.constant(0n),
    fc.constant(capabilitySet(['CAP_NET_BIND_SERVICE'])),
  ),
  uid: fc.constantFrom(0, 1000),
  gid: fc.constantFrom(0, 1000),
  lastCapability: fc.constantFrom(40, 41),
  landlockAbi: fc.nat(8),
  hardLimits: fc
    .tuple(...RLIMIT_NAMES.map(() => limit))
    .map(
      (limits) =>
        Object.fromEntries(RLIMIT_NAMES.map((name, index) => [name, limits[index]])) as Record<
          RlimitName,
          bigint
        >,
    ),
  oomScoreAdj: fc.constantFrom(-500, 0, 500),
  nice: fc.constantFrom(-5, 0, 5),
  unprivilegedPortStart: fc.constantFrom(0, 1024),
  architecture: fc.constantFrom('x86_64', 'aarch64'),
});

const inputs = fc.record({
  policy: policies,
  facts: hosts,
  identity: fc.record({
    uid: fc.oneof(id, fc.constant(0)),
    gid: id,
    groups: fc.uniqueArray(id, { maxLength: 3 }),
  }),
  interpreter: fc.constantFrom(undefined, '/lib/loader', '/bin/cat'),
  unprivileged: fc.boolean(),
  shape: fc.constantFrom('serve', 'standalone', 'wrap'),
  caller: fc.constantFrom({}, { TZ: 'UTC' }),
});

/** A checker that is too strict refuses to start what is right. */
test('whatever compiles holds every invariant', () => {
  let compiled = 0;
  for (const { policy, facts, ...input } of fc.sample(inputs, { numRuns: 600, seed: 20_261_130 })) {
    const parts =
      input.shape === 'wrap'
        ? ({ ...policy, listen: [], handoff: 'connection', listenFds: false } as const)
        : policy;
    // --unprivileged is for ordinary users.
    const ordinary = { uid: 1000, permitted: (facts.permitted ?? 0n) & BIND };
    const caller = input.unprivileged ? { ...facts, ...ordinary } : facts;
    const { plan } = compilePlan({ ...input, policy: samplePolicy(parts), facts: sampleFacts(caller) });
    if (plan === undefined) continue;
    compiled += 1;
    expect(checkPlan(plan)).toEqual([]);
  }
  expect(compiled).toBeGreaterThan(60);
});
