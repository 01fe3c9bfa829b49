import type { Admission } from '../../src/access/admission.ts';
import type { Rlimit } from '../../src/kernel/rlimits.ts';
import { RLIM_INFINITY, RLIMIT_NAMES, type RlimitName } from '../../src/kernel/rlimits.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import type { HostFacts, Identity } from '../../src/plan/facts.ts';
import type { GatedShape } from '../../src/plan/launch-mode.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { PeerAccounts } from '../../src/plan/steps/peer-users.ts';
import type { SocketOwners } from '../../src/plan/steps/unix-sockets.ts';
import type { LinkTargets } from '../../src/plan/steps/write-places.ts';
import type { Span } from '../../src/policy/diagnostic.ts';
import type { Policy, TcpAddress, UdpAddress, UnixAddress } from '../../src/policy/policy.ts';
import { HOST } from './host-architecture.ts';

/** A place in the sample policy. */
function spanAt(line: number): Span {
  return { file: 'sample.yaml', line, column: 1, length: 1 };
}

function everyLimit<T>(value: T): Record<RlimitName, T> {
  return Object.fromEntries(RLIMIT_NAMES.map((name) => [name, value])) as Record<RlimitName, T>;
}

export const PRIVILEGED_PORT: TcpAddress = {
  kind: 'tcp',
  text: 'tcp://[::]:7',
  family: 'inet6',
  address: '::',
  port: 7,
  dualStack: true,
};

export const HIGH_PORT: TcpAddress = {
  kind: 'tcp',
  text: 'tcp4://127.0.0.1:10007',
  family: 'inet',
  address: '127.0.0.1',
  port: 10_007,
  dualStack: false,
};

export const DATAGRAMS: UdpAddress = {
  kind: 'udp',
  text: 'udp://[::]:69',
  family: 'inet6',
  address: '::',
  port: 69,
  dualStack: true,
};

export const HIGH_DATAGRAMS: UdpAddress = {
  kind: 'udp',
  text: 'udp4://127.0.0.1:10069',
  family: 'inet',
  address: '127.0.0.1',
  port: 10_069,
  dualStack: false,
};

export const SOCKET_FILE: UnixAddress = {
  kind: 'unix',
  text: 'unix:/run/sample/socket',
  type: 'stream',
  place: { kind: 'path', path: '/run/sample/socket', owner: undefined, group: undefined, mode: 0o600 },
  receivesDescriptors: false,
};

export const OWNED_SOCKET_FILE: UnixAddress = {
  kind: 'unix',
  text: 'unix-seqpacket:/run/sample/owned',
  type: 'seqpacket',
  place: { kind: 'path', path: '/run/sample/owned', owner: 'nobody', group: 'nogroup', mode: 0o660 },
  receivesDescriptors: true,
};

export const ABSTRACT_SOCKET: UnixAddress = {
  kind: 'unix',
  text: 'unix:@sample',
  type: 'stream',
  place: { kind: 'abstract', name: 'sample' },
  receivesDescriptors: false,
};

/** An echo service with every key filled in; a test says only what is different. */
export function samplePolicy(parts: Partial<Policy> = {}): Policy {
  const unlimited: Rlimit = { soft: RLIM_INFINITY, hard: RLIM_INFINITY };
  return {
    file: 'sample.yaml',
    service: 'sample',
    description: undefined,
    listen: [PRIVILEGED_PORT],
    run: ['/bin/cat'],
    handoff: 'connection',
    amplification: 1,
    listenFds: false,
    user: 'nobody',
    group: undefined,
    groups: [],
    reason: undefined,
    capabilities: [],
    umask: 0o77,
    allow: undefined,
    deny: undefined,
    environment: { pass: [], set: new Map(), peer: true },
    directory: '/',
    stderr: 'log',
    exec: 'once',
    rlimits: { ...everyLimit(unlimited), core: { soft: 0n, hard: 0n }, nofile: { soft: 16n, hard: 16n } },
    root: undefined,
    writable: [],
    writeAndRun: [],
    accept: new Map(),
    terminals: false,
    network: 'none',
    processes: 'own',
    landlock: 'required',
    limits: {
      sessions: 64,
      perSource: undefined,
      rate: undefined,
      burst: 20,
      totalRate: undefined,
      totalBurst: 50,
      datagrams: { intervalNs: 10_000_000 },
      penalties: undefined,
      timeMs: 60_000,
      clientGoneMs: undefined,
      firstByteMs: undefined,
      idleMs: undefined,
      signal: 'SIGTERM',
      graceMs: 2_000,
      drainMs: 3_000,
    },
    seccomp: {
      default: { text: 'kill_process', span: undefined },
      kernel: undefined,
      rules: [
        { text: '@start', span: undefined },
        { text: '@stdio', span: undefined },
      ],
      groups: new Map(),
      span: undefined,
    },
    spans: new Map([
      ['listen', spanAt(2)],
      ['user', spanAt(3)],
      ['root', spanAt(4)],
    ]),
    ...parts,
  };
}

/** A host with everything, and a launcher that is root. */
export function sampleFacts(parts: Partial<HostFacts> = {}): HostFacts {
  return {
    architecture: HOST,
    uid: 0,
    gid: 0,
    permitted: (1n << 41n) - 1n,
    lastCapability: 40,
    kernelRelease: '6.18.0',
    seccomp: true,
    audit: true,
    userNamespacesForbiddenBy: undefined,
    landlockAbi: 7,
    hardLimits: everyLimit(RLIM_INFINITY),
    oomScoreAdj: 0,
    nice: 0,
    unprivilegedPortStart: 1024,
    ...parts,
  };
}

/** An ordinary user with uid 1000. */
export const ORDINARY: Partial<HostFacts> = { uid: 1000, gid: 1000, permitted: 0n };

export const NOBODY: Identity = { uid: 65_534, gid: 65_534, groups: [] };

export interface SampleOptions {
  readonly policy?: Partial<Policy>;
  readonly facts?: Partial<HostFacts>;
  readonly identity?: Identity;
  readonly unprivileged?: boolean;
  readonly caller?: Readonly<Record<string, string>>;
  readonly shape?: GatedShape;
  readonly interpreters?: readonly string[];
  readonly linkTargets?: LinkTargets;
  readonly socketOwners?: SocketOwners;
  readonly peerAccounts?: PeerAccounts;
  readonly admission?: Admission;
  readonly servedPorts?: readonly number[];
}

/** The plan of the sample policy; fails when a problem forbids it. */
export function samplePlan(options: SampleOptions = {}): Plan {
  const { plan, diagnostics } = compilePlan({
    policy: samplePolicy(options.policy),
    facts: sampleFacts(options.facts),
    identity: options.identity ?? NOBODY,
    unprivileged: options.unprivileged ?? false,
    caller: options.caller ?? {},
    shape: options.shape ?? 'serve',
    interpreters: options.interpreters ?? [],
    linkTargets: options.linkTargets ?? new Map(),
    socketOwners: options.socketOwners ?? new Map(),
    peerAccounts: options.peerAccounts ?? new Map(),
    servedPorts: options.servedPorts ?? [],
    ...(options.admission === undefined ? {} : { admission: options.admission }),
  });
  if (plan === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return plan;
}
