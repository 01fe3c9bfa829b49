import type { Admission } from '../access/admission.ts';
import type { Policy } from '../policy/policy.ts';
import type { Program } from '../seccomp/index.ts';
import type { HostFacts, Identity } from './facts.ts';
import type { Denials, ExecGuard, LaunchMode } from './launch-mode.ts';
import type { PeerAccounts } from './steps/peer-users.ts';
import type { SocketOwners } from './steps/unix-sockets.ts';
import type { LinkTargets } from './steps/write-places.ts';

/**
 * The measure of a plan: the policy, the host, and the decisions that were taken before the first step. It is made first:
 * the phases are written from it, and the checker holds every step to it.
 */
export type Contract = GatedContract | DirectContract;

interface Terms {
  readonly policy: Policy;
  readonly facts: HostFacts;
  /** Of a script, of its interpreter, and the loader: paths inside the root. */
  readonly interpreters: readonly string[];
  /** Directories to write to whose paths lead over symbolic links. */
  readonly linkTargets: LinkTargets;
  /** Confined in a user namespace, as the calling user. */
  readonly unprivileged: boolean;
  /** The launcher's environment, from which `environment.pass` takes. */
  readonly caller: Readonly<Record<string, string | undefined>>;
}

/** Of a service, or of a program that is wrapped. */
export interface GatedContract extends Terms, LaunchMode {
  readonly identity: Identity;
  readonly socketOwners: SocketOwners;
  readonly peerAccounts: PeerAccounts;
  readonly admission: Admission;
  /** The ports at which services of the same launch take datagrams. */
  readonly servedPorts: readonly number[];
  readonly programs: GatedPrograms;
  readonly pipes: undefined;
}

/** Of the supervisor: the launcher becomes the program itself. */
export interface DirectContract extends Terms {
  readonly shape: 'direct';
  readonly guard: ExecGuard;
  readonly denials: Denials;
  /** `undefined`: the process stays its caller's. */
  readonly identity: Identity | undefined;
  readonly programs: DirectPrograms;
  readonly pipes: Pipes;
}

/** Descriptors of the supervisor beside 0, 1 and 2. */
export interface Pipes {
  readonly first: number;
  readonly last: number;
  /** One of them that leads to the program itself, where the supervisor's user cannot reach its path. */
  readonly program: number | undefined;
}

/** The path that exec is given. */
export function programPath({ policy, pipes }: Pick<Contract, 'policy' | 'pipes'>): string {
  return pipes?.program === undefined ? policy.run[0] : `/proc/self/fd/${pipes.program}`;
}

/** The filters that were proved, by the process that loads them. */
export interface GatedPrograms {
  readonly outer: Program;
  readonly inner: Program;
  /** `undefined`: a session has the filter of its gate. */
  readonly session: Program | undefined;
}

/** The outer process is the only one. */
export interface DirectPrograms {
  readonly outer: Program;
  readonly inner: undefined;
  readonly session: undefined;
}

/**
 * Returns the descriptors that the program is given: besides the usual three, the supervisor has the last pipe of its
 * gates.
 */
export function descriptorsOf({ policy, pipes }: Contract): readonly number[] {
  if (pipes !== undefined) return [0, 1, 2, pipes.last];
  return policy.listenFds ? [0, 1, 2, 3] : [0, 1, 2];
}
