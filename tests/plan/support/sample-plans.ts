import type { Plan } from '../../../src/plan/plan.ts';
import { compileSupervisorPlan, type SupervisorInput } from '../../../src/plan/supervisor-plan.ts';
import type { AccessPrefix } from '../../../src/policy/policy.ts';
import { HOST } from '../../support/host-architecture.ts';
import {
  ABSTRACT_SOCKET,
  DATAGRAMS,
  HIGH_DATAGRAMS,
  HIGH_PORT,
  NOBODY,
  ORDINARY,
  OWNED_SOCKET_FILE,
  PRIVILEGED_PORT,
  type SampleOptions,
  SOCKET_FILE,
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

function prefix(family: 'inet' | 'inet6', bits: number): AccessPrefix {
  return { kind: 'prefix', text: 'a sample', family, number: bits === 0 ? 0n : 1n, bits };
}

/** Together they have every step that the compiler knows, in every shape and with every privilege. */
const SERVICES: Readonly<Record<string, SampleOptions>> = {
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
  'a number of its own': {
    policy: { user: 'own' },
    identity: { uid: 0x7654_3210, gid: 0x7654_3210, groups: [] },
  },
  'supplementary groups': { identity: { ...NOBODY, groups: [30, 10, 20] } },
  'a listener with LISTEN_FDS': { policy: { handoff: 'listener', listenFds: true } },
  'standard error to the client': { policy: { stderr: 'socket' } },
  'standard error to nobody': { policy: { stderr: 'null' } },
  'a loopback of its own': { policy: { network: 'loopback' } },
  'an ordinary user with a loopback': {
    ...UNPRIVILEGED,
    policy: { listen: [HIGH_PORT], network: 'loopback' },
  },
  'the processes of the host': { policy: { processes: 'host' } },
  'an ordinary user who sees the processes of the host': {
    ...UNPRIVILEGED,
    policy: { listen: [HIGH_PORT], processes: 'host' },
  },
  'terminals of its own': { policy: { terminals: true } },
  'terminals of its own, in a root with a writable folder': {
    policy: { root: '/srv/sample', writable: ['/data'], terminals: true },
  },
  'an ordinary user with terminals': { ...UNPRIVILEGED, policy: { listen: [HIGH_PORT], terminals: true } },
  'terminals on a kernel without Landlock': {
    policy: { landlock: 'best-effort', terminals: true },
    facts: { landlockAbi: 0 },
  },
  'the network of the host': { policy: { network: 'host' } },
  'a kernel without Landlock': { policy: { landlock: 'best-effort' }, facts: { landlockAbi: 0 } },
  'writable folders': { policy: { root: '/srv/sample', writable: ['/data', '/tmp', '/dev/null'] } },
  'writable folders in the root of the host': { policy: { writable: ['/data'] } },
  'writable folders in each other, one of which runs': {
    policy: { writable: ['/data/a', '/dev/null'], writeAndRun: ['/data'] },
  },
  'a writable folder behind a link': {
    policy: { writable: ['/data'] },
    linkTargets: new Map([['/data', '/srv/data']]),
  },
  'an ordinary user with a writable folder': {
    ...UNPRIVILEGED,
    policy: { listen: [HIGH_PORT], writable: ['/data'] },
  },
  'a writable folder on a kernel without Landlock': {
    policy: { landlock: 'best-effort', writable: ['/data'] },
    facts: { landlockAbi: 0, kernelRelease: '5.12' },
  },
  'the other machine': {
    policy: { writable: ['/data'] },
    facts: { architecture: HOST === 'x86_64' ? 'aarch64' : 'x86_64' },
  },
  'an access list': { policy: { allow: [prefix('inet', 32), prefix('inet6', 128)], deny: undefined } },
  'an access list of several listeners': {
    policy: { listen: [PRIVILEGED_PORT, HIGH_PORT], allow: [prefix('inet', 0)], deny: [prefix('inet', 32)] },
  },
  'an access list of a service that accepts for itself': {
    policy: { listen: [HIGH_PORT], handoff: 'listener', allow: [prefix('inet', 32)] },
  },
  'an access list of an ordinary user': {
    ...UNPRIVILEGED,
    policy: { listen: [HIGH_PORT], allow: [prefix('inet', 32)] },
  },
  'an access list that the gate keeps': {
    policy: { allow: [prefix('inet', 32), prefix('inet6', 128)] },
    admission: {
      by: 'gate',
      turns: { inet: [1n, 2n], inet6: [1n, 2n] },
      refusal: 'a sample',
    },
  },
  'several listeners': { policy: { listen: [PRIVILEGED_PORT, HIGH_PORT] } },
  'a socket that is a file': { policy: { listen: [SOCKET_FILE] } },
  'a socket of another user, beside a port': {
    policy: { listen: [OWNED_SOCKET_FILE, PRIVILEGED_PORT] },
    socketOwners: new Map([[0, { uid: 65_534, gid: 65_533 }]]),
  },
  'a list of users': {
    policy: {
      listen: [SOCKET_FILE, HIGH_PORT],
      allow: [
        { kind: 'user', text: 'user:sample', account: 'sample' },
        { kind: 'group', text: 'gid:7', account: 7 },
      ],
      deny: [{ kind: 'user', text: 'uid:8', account: 8 }],
    },
    peerAccounts: new Map([['user:sample', 9]]),
  },
  'limits of quiet connections': {
    policy: { limits: { ...samplePolicy().limits, firstByteMs: 2000, idleMs: 4000 } },
  },
  "an ordinary user's limits of quiet connections": {
    ...UNPRIVILEGED,
    policy: { listen: [HIGH_PORT], limits: { ...samplePolicy().limits, idleMs: 4000 } },
  },
  'a port with every option': {
    policy: {
      listen: [
        {
          ...PRIVILEGED_PORT,
          options: {
            device: 'eth0',
            backlog: 128,
            keepalive: { idleS: 60, intervalS: 10, count: 3 },
            nodelay: true,
            deferAcceptS: 5,
            receiveBuffer: 65_536,
            sendBuffer: 32_768,
          },
        },
      ],
    },
  },
  'addresses of links': {
    policy: {
      listen: [
        {
          ...PRIVILEGED_PORT,
          text: 'tcp://[fe80::1%eth0]:7',
          address: 'fe80::1',
          scope: 'eth0',
          dualStack: false,
        },
        {
          ...PRIVILEGED_PORT,
          text: 'tcp://[fe80::1%eth1]:7',
          address: 'fe80::1',
          scope: 'eth1',
          dualStack: false,
          options: { nodelay: true },
        },
      ],
    },
  },
  'an abstract name': { policy: { listen: [ABSTRACT_SOCKET] } },
  'a socket of a service that accepts for itself': { policy: { listen: [SOCKET_FILE], handoff: 'listener' } },
  'a socket on a kernel that cannot refuse descriptors': {
    policy: { listen: [ABSTRACT_SOCKET] },
    facts: { kernelRelease: '6.12.0' },
  },
  "an ordinary user's socket": { ...UNPRIVILEGED, policy: { listen: [SOCKET_FILE, HIGH_PORT] } },
  'a socket of datagrams': {
    policy: { listen: [DATAGRAMS], handoff: 'listener', allow: [prefix('inet', 32)] },
  },
  'a file that takes datagrams': {
    policy: { listen: [{ ...OWNED_SOCKET_FILE, type: 'dgram' }], handoff: 'listener' },
    socketOwners: new Map([[0, { uid: 65_534, gid: 65_533 }]]),
  },
  'a name that takes datagrams': {
    policy: { listen: [{ ...ABSTRACT_SOCKET, type: 'dgram' }], handoff: 'listener' },
  },
  'a port that is passed, beside one that is made': {
    policy: { listen: [{ ...PRIVILEGED_PORT, inherit: 'sample' }, HIGH_PORT] },
  },
  'a port that is passed, with an access list': {
    policy: {
      listen: [HIGH_PORT, { ...PRIVILEGED_PORT, inherit: 'sample' }],
      allow: [prefix('inet', 32), prefix('inet6', 128)],
    },
  },
  'UNIX sockets that are passed': {
    policy: {
      listen: [
        { ...SOCKET_FILE, inherit: 'file' },
        { ...ABSTRACT_SOCKET, receivesDescriptors: true, inherit: 'name' },
      ],
    },
  },
  'a UNIX socket that is passed on a kernel that cannot refuse descriptors': {
    policy: { listen: [{ ...SOCKET_FILE, inherit: 'file' }] },
    facts: { kernelRelease: '6.12.0' },
  },
  'datagrams that are passed': {
    policy: { listen: [{ ...DATAGRAMS, inherit: 'sample' }], handoff: 'listener', listenFds: true },
  },
  'a UNIX socket of datagrams that is passed': {
    policy: { listen: [{ ...SOCKET_FILE, type: 'dgram', inherit: 'sample' }], handoff: 'listener' },
  },
  'peers of datagrams that are passed, beside others': {
    policy: {
      listen: [HIGH_DATAGRAMS, { ...DATAGRAMS, inherit: 'sample' }],
      handoff: 'peer',
      allow: [prefix('inet', 32)],
    },
  },
  'a port of a link that is passed': {
    policy: {
      listen: [
        {
          kind: 'tcp',
          text: 'tcp://[fe80::1%eth0]:7',
          family: 'inet6',
          address: 'fe80::1',
          port: 7,
          dualStack: false,
          scope: 'eth0',
          inherit: 'sample',
        },
      ],
    },
  },
  'an ordinary user with a port that is passed': {
    ...UNPRIVILEGED,
    policy: { listen: [{ ...HIGH_PORT, inherit: 'sample' }] },
  },
  'peers of datagrams': {
    policy: { listen: [DATAGRAMS, HIGH_DATAGRAMS], handoff: 'peer', allow: [prefix('inet', 32)] },
    servedPorts: [53],
  },
  'peers of datagrams whose access list the gate keeps': {
    policy: { listen: [HIGH_DATAGRAMS], handoff: 'peer', allow: [prefix('inet', 32)] },
    admission: { by: 'gate', turns: { inet: [1n, 2n], inet6: [] }, refusal: 'a sample' },
  },
  "an ordinary user's peers of datagrams": {
    ...UNPRIVILEGED,
    policy: { listen: [HIGH_DATAGRAMS], handoff: 'peer' },
  },
  'a protected and hurried launcher': { facts: { oomScoreAdj: -500, nice: -5 } },
  'an executable of its own': { shape: 'standalone', interpreters: ['/bin/sh'] },
  'an executable of an ordinary user': { ...UNPRIVILEGED, shape: 'standalone' },
  'an executable with sockets that are passed': {
    policy: {
      listen: [
        { ...PRIVILEGED_PORT, inherit: 'one' },
        { ...SOCKET_FILE, inherit: 'two' },
      ],
    },
    shape: 'standalone',
  },
  'a wrapped program': { policy: { listen: [] }, shape: 'wrap', interpreters: ['/bin/sh'] },
  'a wrapped program on a kernel that cannot refuse descriptors': {
    policy: { listen: [] },
    shape: 'wrap',
    facts: { kernelRelease: '6.12.0' },
  },
  'a wrapped program that says nothing': { policy: { listen: [], stderr: 'null' }, shape: 'wrap' },
  "an ordinary user's wrapped program": { ...UNPRIVILEGED, policy: { listen: [] }, shape: 'wrap' },
  "denied calls that the kernel's audit tells": {
    policy: { seccomp: { ...samplePolicy().seccomp, report: 'kernel' } },
  },
  "an executable that hears the kernel's audit": {
    policy: { seccomp: { ...samplePolicy().seccomp, report: 'kernel' } },
    shape: 'standalone',
  },
  "a wrapped program whose denied calls the kernel's audit tells": {
    policy: { listen: [], seccomp: { ...samplePolicy().seccomp, report: 'kernel' } },
    shape: 'wrap',
  },
};

type Supervised = Pick<SupervisorInput, 'facts' | 'identity' | 'program'>;

const SUPERVISORS: Readonly<Record<string, Supervised>> = {
  'the supervisor of root': { facts: sampleFacts(), identity: NOBODY },
  'the supervisor of root without CAP_SYS_RAWIO': {
    facts: sampleFacts({ permitted: ALL_BUT_RAWIO }),
    identity: NOBODY,
  },
  'the supervisor of root whose Node only root can reach': {
    facts: sampleFacts(),
    identity: NOBODY,
    program: 15,
  },
  'the supervisor of an ordinary user': { facts: sampleFacts(ORDINARY), identity: undefined },
  'the supervisor of a user with a capability': {
    facts: sampleFacts({ ...ORDINARY, permitted: 1n << 10n }),
    identity: undefined,
  },
  'the supervisor of a user with all capabilities': {
    facts: sampleFacts({ uid: 1000, gid: 1000 }),
    identity: undefined,
  },
};

function supervisorPlan(started: Supervised): Plan {
  const pipes = { first: 10, last: 15 };
  const { plan } = compileSupervisorPlan({ policy: samplePolicy({ listen: [] }), ...started, pipes });
  if (plan === undefined) throw new Error('the plan of a supervisor does not compile');
  return plan;
}

/** Real plans by what they are of. */
export const SAMPLE_PLANS: readonly (readonly [of: string, plan: Plan])[] = [
  ...Object.entries(SERVICES).map(([of, options]) => [of, samplePlan(options)] as const),
  ...Object.entries(SUPERVISORS).map(([of, started]) => [of, supervisorPlan(started)] as const),
];
