import { describe, expect, test } from 'vitest';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import { compileSupervisorPlan } from '../../../src/plan/supervisor-plan.ts';
import {
  HIGH_PORT,
  HOST,
  NOBODY,
  ORDINARY,
  PRIVILEGED_PORT,
  type SampleOptions,
  sampleFacts,
  samplePlan,
  samplePolicy,
} from '../../support/policy.ts';

const ALL_BUT_RAWIO = (1n << 41n) - 1n - (1n << 17n);
const UNPRIVILEGED: SampleOptions = {
  policy: { listen: [HIGH_PORT] },
  facts: ORDINARY,
  unprivileged: true,
};

const GOOD: Readonly<Record<string, SampleOptions>> = {
  'root on a privileged port': {},
  'root where every port is free to all, as in many containers': { facts: { unprivilegedPortStart: 0 } },
  'root with a chroot': { policy: { root: '/srv/sample' } },
  'an ordinary user': UNPRIVILEGED,
  'an ordinary user with a chroot': { ...UNPRIVILEGED, policy: { listen: [HIGH_PORT], root: '/srv/sample' } },
  'a user with a capability': {
    ...UNPRIVILEGED,
    facts: { uid: 1000, gid: 1000, permitted: 1n << 10n },
  },
  'exec once by notification': { facts: { permitted: ALL_BUT_RAWIO } },
  'exec allow': { policy: { exec: 'allow' } },
  'a granted capability': { policy: { capabilities: ['CAP_NET_RAW'] } },
  'uid 0 with a reason': {
    policy: { user: 'root', reason: 'a sample' },
    identity: { uid: 0, gid: 0, groups: [] },
  },
  'supplementary groups': { identity: { ...NOBODY, groups: [30, 10, 20] } },
  'a listener with LISTEN_FDS': { policy: { handoff: 'listener', listenFds: true } },
  'the network of the host': { policy: { network: 'host' } },
  'a kernel without Landlock': { policy: { landlock: 'best-effort' }, facts: { landlockAbi: 0 } },
  'writable folders': { policy: { root: '/srv/sample', writable: ['/data', '/tmp'] } },
  'the other machine': { facts: { architecture: HOST === 'x86_64' ? 'aarch64' : 'x86_64' } },
  'several listeners': { policy: { listen: [PRIVILEGED_PORT, HIGH_PORT] } },
  'a protected and hurried launcher': { facts: { oomScoreAdj: -500, nice: -5 } },
};

test.each(Object.entries(GOOD))('the plan of %s holds every invariant', (_, options) => {
  expect(checkPlan(samplePlan(options))).toEqual([]);
});

describe('the supervisor', () => {
  const pipes = { first: 10, last: 15 };
  test.each([
    ['by root', sampleFacts(), NOBODY],
    ['by root without CAP_SYS_RAWIO', sampleFacts({ permitted: ALL_BUT_RAWIO }), NOBODY],
    ['by an ordinary user', sampleFacts(ORDINARY), undefined],
    ['by a user with a capability', sampleFacts({ ...ORDINARY, permitted: 1n << 10n }), undefined],
    ['by a user with all capabilities', sampleFacts({ uid: 1000, gid: 1000 }), undefined],
  ])('started %s holds every invariant', (_, facts, identity) => {
    const { plan } = compileSupervisorPlan({ policy: samplePolicy({ listen: [] }), facts, identity, pipes });
    expect(plan && checkPlan(plan)).toEqual([]);
  });
});
