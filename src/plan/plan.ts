import type { Architecture } from '../kernel/architecture.ts';
import type { CapabilitySet } from '../kernel/capabilities.ts';
import type { Step } from './step.ts';

/**
 * `serve`: binds, splits, accepts. `direct`: the caller itself becomes the program, with the descriptors it has.
 */
export type PlanShape = 'serve' | 'direct';

/** The launch as data: nothing else happens. */
export interface Plan {
  readonly service: string;
  readonly file: string;
  readonly architecture: Architecture;
  readonly shape: PlanShape;
  /** Credentials of whoever starts the gate. */
  readonly launcher: { readonly uid: number; readonly gid: number; readonly permitted: CapabilitySet };
  /** What the policy grants the service by name, beyond nothing. */
  readonly grants: { readonly root: boolean; readonly capabilities: CapabilitySet };
  /** Descriptors that the service is given. */
  readonly descriptors: readonly number[];
  readonly steps: readonly Step[];
}
