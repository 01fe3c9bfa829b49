import { CAPABILITIES } from '../explain/other-keys.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { AnsweredCall, Cause } from './answered-call.ts';

/** The cause of an answer that a capability would change, as long as the policy does not give it. */
export function capabilityCause(capability: string, why: string, facts: AnswerFacts): Cause | undefined {
  if (facts.capabilities.includes(capability)) return undefined;
  return {
    cause: 'capability',
    reason: `the service has no ${capability}: ${why}`,
    key: 'capabilities',
    value: capability,
  };
}

/** The capability of calls that are not in the table of calls that always take one. Source: capabilities(7). */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ...['setpriority', 'sched_setscheduler', 'sched_setparam', 'sched_setattr', 'ioprio_set'].map(
    (call) => [call, 'CAP_SYS_NICE'] as const,
  ),
  ['sched_setaffinity', 'CAP_SYS_NICE'],
  ['prlimit64', 'CAP_SYS_RESOURCE'],
  ['setrlimit', 'CAP_SYS_RESOURCE'],
  ['unshare', 'CAP_SYS_ADMIN'],
  ['setns', 'CAP_SYS_ADMIN'],
  ['socket', 'CAP_NET_RAW'],
  ['setsockopt', 'CAP_NET_ADMIN'],
]);

/** The numbers of ioctls that configure the network begin with this byte; include/uapi/linux/sockios.h. */
const SOCKET_IOCTLS = 0x89n;

/** The cause of EPERM, or of EACCES where a call has it for a capability. */
export function privilegeCause(seen: AnsweredCall, facts: AnswerFacts): Cause | undefined {
  const { call, args, errno } = seen;
  if (errno !== 'EPERM' && errno !== 'EACCES') return undefined;
  if (call === 'ioctl') {
    const isNetwork = BigInt.asUintN(32, args[1] ?? 0n) >> 8n === SOCKET_IOCTLS;
    if (isNetwork) return capabilityCause('CAP_NET_ADMIN', 'changing the network takes it', facts);
    if (errno === 'EACCES')
      return { cause: 'landlock', reason: 'Landlock keeps the service from commands to devices' };
    return { cause: 'other', reason: 'the device refuses this command, or it takes a capability' };
  }
  if (call === 'kill' || call === 'tkill' || call === 'tgkill')
    return { cause: 'landlock', reason: 'the process is of another session or another user' };
  const capability = CAPABILITIES.get(call) ?? OTHERS.get(call);
  return capability === undefined ? undefined : capabilityCause(capability, `${call} takes it`, facts);
}
