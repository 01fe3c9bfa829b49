import { type CapabilitySet, capabilitySet } from '../kernel/capabilities.ts';
import type { Policy } from '../policy/policy.ts';
import { type CapabilityNeed, isNeeded, type KernelNeed, type PortSetting } from './need.ts';
import { FILTER_NEED } from './steps/access-list.ts';
import { AUDIT_NEED } from './steps/audit.ts';
import { CLOSE_RANGE_NEED } from './steps/detach.ts';
import { ROOT_NEED } from './steps/filesystem.ts';
import { BOUNDING_SET_NEED, GROUP_NEED, USER_NEED } from './steps/identity.ts';
import { LOOPBACK_NEED } from './steps/loopback.ts';
import { NAMESPACE_NEED, PROC_NEED } from './steps/namespaces.ts';
import { PAGE_ZERO_NEED } from './steps/page-zero.ts';
import { REFUSING_NEED } from './steps/received-descriptors.ts';
import { PRIORITY_NEED } from './steps/reset.ts';
import { PORT_NEED } from './steps/sockets.ts';
import { OWNER_NEED, PROBE_NEED } from './steps/unix-sockets.ts';
import { ATTRIBUTE_NEED, MOUNT_NEED } from './steps/writable.ts';

/** All capabilities that a launch may take, in the order of its steps. */
export const CAPABILITY_NEEDS: readonly CapabilityNeed[] = [
  AUDIT_NEED,
  FILTER_NEED,
  PORT_NEED,
  PROBE_NEED,
  OWNER_NEED,
  PRIORITY_NEED,
  NAMESPACE_NEED,
  LOOPBACK_NEED,
  ROOT_NEED,
  PAGE_ZERO_NEED,
  MOUNT_NEED,
  PROC_NEED,
  GROUP_NEED,
  USER_NEED,
  BOUNDING_SET_NEED,
];

/** All kernel releases that a launch may take, oldest first. */
export const KERNEL_NEEDS: readonly KernelNeed[] = [CLOSE_RANGE_NEED, ATTRIBUTE_NEED, REFUSING_NEED];

/** A launch of a policy by a certain caller. */
interface Launch {
  readonly policy: Policy;
  readonly host: PortSetting;
  readonly unprivileged: boolean;
}

/** Returns the capabilities that a launch takes from the host, of the needs with one of these answers to a lack. */
export function capabilitiesOf(
  { policy, host, unprivileged }: Launch,
  answers: readonly CapabilityNeed['without'][],
): CapabilitySet {
  const needs = CAPABILITY_NEEDS.filter((need) => answers.includes(need.without))
    .filter((need) => isNeeded(need, policy, host))
    .filter(({ fromHost }) => !unprivileged || fromHost === true);
  return capabilitySet([
    ...needs.map(({ capability }) => capability),
    ...(unprivileged ? [] : policy.capabilities),
  ]);
}
