import type { Architecture } from '../../../kernel/architecture.ts';
import type { Problems } from '../problems.ts';
import type { Restrictions } from './restrictions.ts';
import type { Assignment } from './unit-file.ts';
import { readBoolean } from './words.ts';

/** The effects of directives beside their filter. */
const BESIDE: ReadonlyMap<string, string> = new Map([
  ['DynamicUser', 'makes a user of its own for the service'],
  ['PrivateDevices', 'gives a /dev of its own and takes CAP_MKNOD and CAP_SYS_RAWIO'],
  ['ProtectClock', 'takes CAP_SYS_TIME and CAP_WAKE_ALARM and closes the clock devices'],
  ['ProtectHostname', 'makes a UTS namespace'],
  ['ProtectKernelLogs', 'takes CAP_SYSLOG and hides /dev/kmsg and /proc/kmsg'],
  ['ProtectKernelModules', 'takes CAP_SYS_MODULE and hides the modules'],
  ['ProtectKernelTunables', 'makes the files of the kernel settings read-only'],
  ['Personality', 'sets the personality'],
]);

/** Directives that confine without a filter: a policy says the same with other keys, or not. */
const CONFINES =
  /^(?:AmbientCapabilities|BPFProgram|BindPaths|BindReadOnlyPaths|CapabilityBoundingSet|Device(?:Allow|Policy)|ExecPaths|Group|IPAddress(?:Allow|Deny)|IPIngressFilterPath|InaccessiblePaths|Limit[A-Z]+|NoExecPaths|Private(?:BPF|IPC|Mounts|Network|PIDs|Tmp|Users)|ProcSubset|Protect(?:ControlGroups|Home|Proc|System)|ReadOnlyPaths|ReadWritePaths|RemoveIPC|RestrictFileSystems|RestrictNetworkInterfaces|Root(?:Directory|Image)|SecureBits|SocketBind(?:Allow|Deny)|SupplementaryGroups|TemporaryFileSystem|UMask|User)$/;

/** Other architectures whose programs the kernel of this one runs, as systemd calls them. */
const SIBLINGS: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['x86', 'x32'],
  aarch64: ['arm'],
};

/** Reports directives, or parts of them, that no filter expresses. */
export function reportBeside(assignments: readonly Assignment[], problems: Problems): void {
  const beside = new Map<string, Assignment>();
  const confining = new Map<string, Assignment>();
  for (const assignment of assignments) {
    const key = assignment.key.text;
    const off = assignment.value === '' || readBoolean(assignment.value) === false;
    if (BESIDE.has(key) && !off) beside.set(key, assignment);
    else beside.delete(key);
    if (CONFINES.test(key) && !confining.has(key)) confining.set(key, assignment);
    if (key === 'NoNewPrivileges' && off) {
      const message = 'NoNewPrivileges=no is not imported: a policy always sets no_new_privs';
      problems.loss('not-imported', message, assignment.key.span);
    }
  }
  for (const [key, { key: placed }] of beside) {
    problems.loss(
      'not-imported',
      `${key}= also ${BESIDE.get(key)}; only its filter is imported`,
      placed.span,
    );
  }
  const [first] = confining.values();
  if (first !== undefined) {
    const message = `no filters, and not imported: ${[...confining.keys()].map((key) => `${key}=`).join(', ')}`;
    problems.loss(
      'not-imported',
      message,
      first.key.span,
      "a policy's other keys say what confines without a filter",
    );
  }
}

/** Reports the architectures whose calls systemd lets through, filtered or not, and a policy never does. */
export function reportOtherArchitectures(
  { architectures, calls }: Restrictions,
  architecture: Architecture,
  problems: Problems,
): void {
  const open = SIBLINGS[architecture].filter((name) => architectures.size === 0 || architectures.has(name));
  const [first] = open;
  if (first === undefined) return;
  problems.loss(
    'other-architecture',
    `programs of ${open.join(' and ')} are not let in: their calls kill the process`,
    architectures.get(first) ?? calls?.span,
    'SystemCallArchitectures=native says the same in the unit',
  );
}
