import type { Combination, ReadValues } from './combinations.ts';

/** Why the gate may be unable to end a process of the service; `undefined`: it is able to. */
export function outOfReach({
  user,
  capabilities,
}: Pick<ReadValues, 'user' | 'capabilities'>): string | undefined {
  if (user === 'root' || user === 0) return 'the service runs as root, whom the gate may not signal';
  if (capabilities?.includes('CAP_SETUID') === true)
    return 'with CAP_SETUID a session becomes a user whom the gate may not signal';
  return undefined;
}

/** The advice where the gate cannot report denied calls. */
export const WITHOUT_REPORT =
  "leave the key out: then the kernel ends the process, and its audit tells the call to a launch by the host's root";

/** A policy that asks the gate for what it may be unable to do. */
export function reportAdvice(values: ReadValues): readonly Combination[] {
  const reason = values.seccomp?.report === 'gate' ? outOfReach(values) : undefined;
  if (reason === undefined) return [];
  return [
    {
      path: 'seccomp.report',
      severity: 'error',
      code: 'report-impossible',
      message: `the gate cannot report denied calls: ${reason}`,
      help: WITHOUT_REPORT,
    },
  ];
}
