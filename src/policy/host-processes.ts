import type { CapabilityName } from '../kernel/capabilities.ts';
import type { Combination, ReadValues } from './combinations.ts';

const KEEP_OWN = 'leave the key processes out to keep a /proc of its own';

/** The capabilities that are worth more where the processes of the host are in sight. Source: capabilities(7). */
const LOOKS_FURTHER: Readonly<Partial<Record<CapabilityName, string>>> = {
  CAP_CHECKPOINT_RESTORE: 'opens the programs that others run',
  CAP_DAC_OVERRIDE: 'opens the files of all of them',
  CAP_DAC_READ_SEARCH: 'opens the files of all of them',
  CAP_PERFMON: 'passes checks on looking into others',
  CAP_SETUID: 'becomes root, who opens the files of all of them',
  CAP_SYS_ADMIN: 'may take away what covers parts of /proc',
  CAP_SYS_PTRACE: 'passes checks on looking into others',
};

/**
 * Returns findings about a service that sees the processes of the host. A process of its own uid, and to root any, would
 * let it look into memory, environment and files. Only Landlock, to which a session is a stranger, stops that.
 */
export function hostProcesses(values: ReadValues): readonly Combination[] {
  if (values.processes !== 'host') return [];
  const findings: Combination[] = [
    {
      path: 'processes',
      severity: 'warning',
      code: 'processes-host',
      message:
        'with processes: host every session reads the numbers, users, command lines, mounts and network tables of all processes of the host',
      help: 'leave the key out, unless the service reports the processes of the host; or accept it: accept: { processes: REASON }',
      about: ['processes'],
    },
  ];
  const refuse = (path: string, code: string, message: string, help: string): void => {
    findings.push({ path, severity: 'error', code, message, help });
  };
  if (values.user === 'root' || values.user === 0) {
    refuse(
      'user',
      'processes-root',
      'a service that sees the processes of the host may not run as root, who opens the files of all of them',
      'name another user; /proc tells everybody enough for a report',
    );
  } else if (values.reason === undefined) {
    refuse(
      'processes',
      'processes-without-reason',
      'a service that sees the processes of the host needs a reason',
      `add the key reason with an explanation, or ${KEEP_OWN}`,
    );
  }
  if (values.landlock === 'best-effort') {
    refuse(
      'landlock',
      'processes-landlock',
      'with processes: host only Landlock keeps the environment, memory and files of other processes closed',
      `write landlock: required, or ${KEEP_OWN}`,
    );
  }
  if (values.root !== undefined) {
    refuse(
      'root',
      'processes-in-root',
      'a service with a root of its own has no /proc that could show the processes of the host',
      `remove the root, or ${KEEP_OWN}`,
    );
  }
  if (values.run?.[0] !== undefined && /(^|\/)ps$/.test(values.run[0])) {
    findings.push({
      path: 'run.0',
      severity: 'note',
      code: 'processes-ps',
      message:
        'ps of procps 4 looks itself up in /proc by its number, which with processes: host is that of another process, or of none: then it ends',
      help: 'run [/usr/bin/top, -b, -n, "1"] or [/usr/bin/pgrep, -a, .]; they list the processes without that',
    });
  }
  for (const [index, name] of (values.capabilities ?? []).entries()) {
    const harm = LOOKS_FURTHER[name];
    if (harm === undefined) continue;
    refuse(
      `capabilities.${index}`,
      'processes-capability',
      `with processes: host a service may not have ${name}, which ${harm}`,
      `remove the capability, or ${KEEP_OWN}`,
    );
  }
  return findings;
}
