import type { Architecture } from '../kernel/architecture.ts';
import type { CapabilitySet } from '../kernel/capabilities.ts';
import type { KernelRelease } from '../kernel/kernel-release.ts';
import type { Contract } from './contract.ts';
import type { Launcher } from './facts.ts';
import type { PlanShape } from './launch-mode.ts';
import type { Step } from './step.ts';

/** The launch as data: nothing else happens. */
export interface Plan {
  readonly service: string;
  readonly file: string;
  readonly architecture: Architecture;
  readonly shape: PlanShape;
  /** The oldest kernel that it runs on; `undefined`: it was compiled for the one that runs. */
  readonly kernel: KernelRelease | undefined;
  readonly launcher: Launcher;
  /** The grants that the policy names for the service. */
  readonly grants: { readonly root: boolean; readonly capabilities: CapabilitySet };
  /** The warnings that the policy accepts, with its reasons. */
  readonly accepted: ReadonlyMap<string, string>;
  /** Descriptors that the service is given. */
  readonly descriptors: readonly number[];
  readonly contract: Contract;
  readonly steps: readonly Step[];
}
