import { type CapabilityName, type CapabilitySet, capabilitySet } from '../kernel/capabilities.ts';
import { compareKernelReleases, type KernelRelease, releaseOfKernel } from '../kernel/kernel-release.ts';
import type { Span } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import type { HostFacts } from './facts.ts';

/** The setting of a host that decides, beside a policy, which steps a launch has. */
export type PortSetting = Pick<HostFacts, 'unprivilegedPortStart'>;

/** A capability that steps ask of the launcher. The record stands beside the function that adds these steps. */
export interface CapabilityNeed {
  readonly capability: CapabilityName;
  /** The reason to raise it, as a plan prints it. */
  readonly to: string;
  /** The act of a launch that takes it: "makes namespaces". */
  readonly does: string;
  /** True when a launch of this policy has the steps; left out: every launch has them. */
  readonly when?: (policy: Policy, host: PortSetting) => boolean;
  /**
   * The launch of a caller that lacks it. `refused`: there is none. `replaced`: other steps are planned instead, so an
   * executable for other hosts counts on having it. `tolerated`: the steps may fail.
   */
  readonly without: 'refused' | 'replaced' | 'tolerated';
  /** For doctor: the policies that do without, or the steps that take the place of these. */
  readonly instead?: string;
  /** An ordinary user's launch takes it from the host as well: the user namespace does not give it. */
  readonly fromHost?: true;
}

/** The kernel release that steps ask for. The record stands beside the function that adds these steps. */
export interface KernelNeed {
  readonly since: KernelRelease;
  /** The system call or option that came with it. */
  readonly brings: string;
  /** The policies whose launch has the steps; left out: every launch has them. */
  readonly asked?: {
    /** As doctor names these policies. */
    readonly policies: string;
    /** The launch as a message names it, with the line that asks; `undefined`: this policy does not ask. */
    readonly by: (
      policy: Policy,
    ) => { readonly launch: string; readonly source: Span | undefined } | undefined;
  };
  /** The launch on an older kernel: there is none, or the steps may fail. */
  readonly without: 'refused' | 'tolerated';
}

/** Returns whether a launch of this policy has the steps. */
export function isNeeded({ when }: CapabilityNeed, policy: Policy, host: PortSetting): boolean {
  return when?.(policy, host) ?? true;
}

/** Returns whether these capabilities include the one that is needed. */
export function isMetBy(held: CapabilitySet, { capability }: CapabilityNeed): boolean {
  return (held & capabilitySet([capability])) !== 0n;
}

/** Returns whether a kernel has it, judged by its name; `undefined` for a name without a release. */
export function kernelHas(
  { kernelRelease }: Pick<HostFacts, 'kernelRelease'>,
  { since }: KernelNeed,
): boolean | undefined {
  const release = releaseOfKernel(kernelRelease);
  return release && compareKernelReleases(release, since) >= 0;
}
