import type { Architecture } from '../kernel/architecture.ts';
import { type KernelRelease, releaseText } from '../kernel/kernel-release.ts';
import { landlockAbiOf } from '../kernel/landlock-abi.ts';
import { RLIM_INFINITY, RLIMIT_NAMES, type RlimitName } from '../kernel/rlimits.ts';
import type { Policy } from '../policy/policy.ts';
import type { HostFacts } from './facts.ts';
import type { PortSetting } from './need.ts';
import { capabilitiesOf } from './needs.ts';
import { gateDescriptors } from './steps/limits.ts';

/** The host of a plan that is not compiled on that host. */
export interface Target {
  readonly architecture: Architecture;
  /** The oldest kernel. */
  readonly kernel: KernelRelease;
  /** Started by an ordinary user; with a privileged port, from a file that has CAP_NET_BIND_SERVICE. */
  readonly unprivileged: boolean;
}

const PORTS: PortSetting = { unprivilegedPortStart: 1024 };
/** CAP_CHECKPOINT_RESTORE: every kernel that a plan is made for has it. */
const LAST_CAPABILITY = 40;

/**
 * Returns the assumed facts of a host that cannot be asked. Where one is wrong, the launch fails at the step that needs
 * it.
 */
export function targetFacts(policy: Policy, target: Target): HostFacts {
  const { kernel, architecture, unprivileged } = target;
  const unlimited = RLIMIT_NAMES.map((name) => [name, RLIM_INFINITY] as const);
  let nofile = gateDescriptors(policy);
  if (policy.rlimits.nofile.hard > nofile) nofile = policy.rlimits.nofile.hard;
  return {
    architecture,
    uid: unprivileged ? 1000 : 0,
    gid: unprivileged ? 1000 : 0,
    // The least: the caller may have more, which the first step gives up.
    permitted: capabilitiesOf({ policy, host: PORTS, unprivileged }, ['refused', 'replaced']),
    lastCapability: LAST_CAPABILITY,
    kernelRelease: releaseText(kernel),
    seccomp: true,
    // Many containers have none: an executable takes it only where its policy names it.
    audit: policy.seccomp.report === 'kernel',
    userNamespacesForbiddenBy: undefined,
    landlockAbi: landlockAbiOf(kernel),
    hardLimits: {
      ...(Object.fromEntries(unlimited) as Record<RlimitName, bigint>),
      nofile,
    },
    // Written by root in any case; an ordinary user cannot have been given protection.
    oomScoreAdj: unprivileged ? 0 : -1,
    nice: 0,
    ...PORTS,
  };
}
