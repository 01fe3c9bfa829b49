import { expect, test } from 'vitest';
import { RLIM_INFINITY, RLIMIT_NAMES, type RlimitName } from '../../src/kernel/rlimits.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import {
  HIGH_PORT,
  NOBODY,
  ORDINARY,
  PRIVILEGED_PORT,
  type SampleOptions,
  SOCKET_FILE,
  sampleFacts,
  samplePolicy,
} from '../support/policy.ts';

const hardLimits = (parts: Partial<Record<RlimitName, bigint>>): Record<RlimitName, bigint> => ({
  ...(Object.fromEntries(RLIMIT_NAMES.map((name) => [name, RLIM_INFINITY])) as Record<RlimitName, bigint>),
  ...parts,
});

const SERVED_BY_USER = { policy: { listen: [HIGH_PORT] }, facts: ORDINARY, unprivileged: true } as const;

/** What each host lacks for the sample policy. */
const CASES: Readonly<Record<string, SampleOptions>> = {
  'a launcher without capabilities': { facts: ORDINARY },
  'a host that forbids user namespaces': {
    ...SERVED_BY_USER,
    facts: { ...ORDINARY, userNamespacesForbiddenBy: 'user.max_user_namespaces is 0' },
  },
  'an ordinary user and a privileged port': { ...SERVED_BY_USER, policy: { listen: [PRIVILEGED_PORT] } },
  'an ordinary user, groups and capabilities': {
    ...SERVED_BY_USER,
    policy: { listen: [HIGH_PORT], capabilities: ['CAP_KILL'] },
    identity: { ...NOBODY, groups: [7] },
  },
  'an ordinary user and a list of users': {
    ...SERVED_BY_USER,
    policy: {
      listen: [SOCKET_FILE],
      allow: [{ kind: 'user', text: 'uid:1000', account: 1000 }],
      deny: [{ kind: 'group', text: 'gid:7', account: 7 }],
      spans: new Map([
        ['allow.0', { file: 'sample.yaml', line: 5, column: 9, length: 8 }],
        ['deny.0', { file: 'sample.yaml', line: 6, column: 8, length: 5 }],
      ]),
    },
  },
  'a kernel without Landlock': { facts: { landlockAbi: 0 } },
  'a kernel with an old Landlock': { facts: { landlockAbi: 3 } },
  'a kernel that mounts nothing over a directory': {
    policy: {
      landlock: 'best-effort',
      writable: ['/data'],
      spans: new Map([['writable.0', { file: 'sample.yaml', line: 6, column: 12, length: 5 }]]),
    },
    facts: { landlockAbi: 0, kernelRelease: '5.11.22' },
  },
  'a kernel without seccomp': { facts: { seccomp: false } },
  'a limit above the hard one': {
    policy: {
      listen: [HIGH_PORT],
      rlimits: { ...samplePolicy().rlimits, nofile: { soft: 4096n, hard: 4096n } },
      spans: new Map([['rlimits.nofile', { file: 'sample.yaml', line: 5, column: 1, length: 1 }]]),
    },
    facts: { ...ORDINARY, hardLimits: hardLimits({ nofile: 1024n }) },
    unprivileged: true,
  },
  'root by another name, and the processes of the host': {
    policy: {
      user: 'toor',
      processes: 'host',
      spans: new Map([['user', { file: 'sample.yaml', line: 5, column: 7, length: 4 }]]),
    },
    identity: { ...NOBODY, uid: 0 },
  },
  'too few descriptors for the sessions': { facts: { hardLimits: hardLimits({ nofile: 64n }) } },
  'too many addresses': { policy: { listen: Array.from({ length: 17 }, () => HIGH_PORT) } },
};

test('what a host lacks is said in full', async () => {
  const lines = Object.entries(CASES).flatMap(([name, { policy, facts, identity, unprivileged = false }]) => {
    const { plan, diagnostics } = compilePlan({
      policy: samplePolicy(policy),
      facts: sampleFacts(facts),
      identity: identity ?? NOBODY,
      unprivileged,
      shape: 'serve',
      caller: {},
    });
    expect(plan, name).toBeUndefined();
    const said = diagnostics.map(({ severity, span, code, message, help }) =>
      [`  ${severity} in line ${span?.line ?? '-'} [${code}]: ${message}`, `    help: ${help ?? '-'}`].join(
        '\n',
      ),
    );
    return [name, ...said];
  });
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/host-problems.txt');
});
