import type { Admission } from '../access/admission.ts';
import type { KernelRelease } from '../kernel/kernel-release.ts';
import type { Policy } from '../policy/policy.ts';
import type { HostFacts, Identity } from './facts.ts';
import type { GatedShape } from './launch-mode.ts';
import type { PeerAccounts } from './steps/peer-users.ts';
import type { SocketOwners } from './steps/unix-sockets.ts';
import type { LinkTargets } from './steps/write-places.ts';

/** The input of a plan: the policy and the facts of the host. */
export interface PlanInput {
  readonly policy: Policy;
  readonly identity: Identity;
  /** The files with which the kernel starts the program, scripts' interpreters and the loader: paths inside the root. */
  readonly interpreters?: readonly string[];
  /** Directories that the service may write to and whose paths lead over symbolic links. */
  readonly linkTargets?: LinkTargets | undefined;
  /** The accounts of sockets that are files, looked up. */
  readonly socketOwners?: SocketOwners | undefined;
  /** The numbers of the users and groups of the access list. */
  readonly peerAccounts?: PeerAccounts | undefined;
  readonly facts: HostFacts;
  /** The one that judges peers, as it was tried on this host; absent: the kernel takes every filter. */
  readonly admission?: Admission;
  /** The ports at which services of the same launch take datagrams; absent: no other service does. */
  readonly servedPorts?: readonly number[];
  /** Run as the calling user, in a user namespace. */
  readonly unprivileged: boolean;
  readonly shape: GatedShape;
  /** The oldest kernel that the plan is to run on; absent: the one of the facts, which runs. */
  readonly kernel?: KernelRelease;
  /** The launcher's environment, from which `environment.pass` takes. */
  readonly caller: Readonly<Record<string, string | undefined>>;
}
