import type { Architecture } from '../kernel/architecture.ts';
import type { CapabilitySet } from '../kernel/capabilities.ts';
import type { RlimitName } from '../kernel/rlimits.ts';

/** The facts that a plan depends on besides the policy. `src/host` reads them; a test writes them down. */
export interface HostFacts {
  readonly architecture: Architecture;
  /** Credentials of the launcher. */
  readonly uid: number;
  readonly gid: number;
  readonly permitted: CapabilitySet;
  /** Highest capability number that the kernel knows. */
  readonly lastCapability: number;
  /** `uname -r`: 6.18.44-amd64. */
  readonly kernelRelease: string;
  /** True when the kernel filters system calls. */
  readonly seccomp: boolean;
  /** True when the kernel has an audit, and lets a process of this user namespace hear it. */
  readonly audit: boolean;
  /** The setting that forbids user namespaces to ordinary users; `undefined` when none does. */
  readonly userNamespacesForbiddenBy: string | undefined;
  /** 0 when the kernel has no Landlock. */
  readonly landlockAbi: number;
  readonly hardLimits: Readonly<Record<RlimitName, bigint>>;
  readonly oomScoreAdj: number;
  /** Nice value of the launcher. */
  readonly nice: number;
  /** First port that needs no capability. */
  readonly unprivilegedPortStart: number;
}

/** The credentials of the process that starts the gate, and the ports that need none. */
export type Launcher = Pick<HostFacts, 'uid' | 'gid' | 'permitted' | 'unprivilegedPortStart'>;

export function launcherOf({ uid, gid, permitted, unprivilegedPortStart }: HostFacts): Launcher {
  return { uid, gid, permitted, unprivilegedPortStart };
}

/** Returns every capability that this kernel has, as the first process of a user namespace holds them. */
export function allCapabilities({ lastCapability }: HostFacts): CapabilitySet {
  return (1n << BigInt(lastCapability + 1)) - 1n;
}

/** The service's numbers, looked up when the plan is compiled. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}
