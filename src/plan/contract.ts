import type { Policy } from '../policy/policy.ts';
import type { Program } from '../seccomp/index.ts';
import type { HostFacts, Identity } from './facts.ts';
import type { ExecGuard } from './gate-filter.ts';
import type { PlanShape } from './plan.ts';

/**
 * The measure of a plan: the policy, the host, and the decisions that were taken before the first step.
 * The checker holds every step to it.
 */
export interface Contract {
  readonly shape: PlanShape;
  readonly policy: Policy;
  readonly facts: HostFacts;
  /** `undefined`: the process stays its caller's. */
  readonly identity: Identity | undefined;
  /** A path inside the root. */
  readonly interpreter: string | undefined;
  /** Confined in a user namespace, as the calling user. */
  readonly unprivileged: boolean;
  /** The launcher's environment, from which `environment.pass` takes. */
  readonly caller: Readonly<Record<string, string | undefined>>;
  readonly guard: ExecGuard;
  readonly callsFromPageZero: boolean;
  readonly programs: Programs;
  /** Pipes to the gates, which only the supervisor has. */
  readonly pipes: { readonly first: number; readonly last: number } | undefined;
}

/** The filters that were proved, by the process that loads them. */
export interface Programs {
  readonly outer: Program;
  /** The outer process may be the only one. */
  readonly inner: Program | undefined;
  /** `undefined`: a session has the filter of its gate. */
  readonly session: Program | undefined;
}

/** Descriptors that the program is given: the supervisor has the last pipe of its gates beside the three of everybody. */
export function descriptorsOf({ policy, pipes }: Contract): readonly number[] {
  if (pipes !== undefined) return [0, 1, 2, pipes.last];
  return policy.listenFds ? [0, 1, 2, 3] : [0, 1, 2];
}
