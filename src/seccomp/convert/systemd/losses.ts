import type { Architecture } from '../../../kernel/architecture.ts';
import type { Diagnostic } from '../../../policy/diagnostic.ts';
import type { ImportedFilter, ImportOptions } from '../imported.ts';
import type { Restrictions } from './restrictions.ts';
import type { Assignment } from './unit-file.ts';
import { readBoolean } from './words.ts';

/** What directives do beside their filter. */
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

/** The calls of other architectures that the kernel of this one makes as well. */
const FOREIGN: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['x86', 'x32'],
  aarch64: ['arm'],
};

/** What directives say that is no matter of a filter. */
export function lostHere(assignments: readonly Assignment[]): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const beside = new Map<string, Assignment>();
  const confining = new Map<string, Assignment>();
  for (const assignment of assignments) {
    const key = assignment.key.text;
    if (BESIDE.has(key) && readBoolean(assignment.value) !== false && assignment.value !== '')
      beside.set(key, assignment);
    else beside.delete(key);
    if (CONFINES.test(key) && !confining.has(key)) confining.set(key, assignment);
    if (key === 'NoNewPrivileges' && readBoolean(assignment.value) === false) {
      const message = 'NoNewPrivileges=no is not imported: a policy always sets no_new_privs';
      diagnostics.push({
        code: 'not-imported',
        severity: 'warning',
        message,
        span: assignment.key.span,
        help: undefined,
      });
    }
  }
  for (const [key, { key: placed }] of beside) {
    const message = `${key}= also ${BESIDE.get(key)}; only its filter is imported`;
    diagnostics.push({
      code: 'not-imported',
      severity: 'warning',
      message,
      span: placed.span,
      help: undefined,
    });
  }
  const [first] = confining.values();
  if (first !== undefined) {
    const message = `no filters, and not imported: ${[...confining.keys()].map((key) => `${key}=`).join(', ')}`;
    const help = "what confines without a filter is said with a policy's other keys";
    diagnostics.push({ code: 'not-imported', severity: 'warning', message, span: first.key.span, help });
  }
  return diagnostics;
}

/** What the result refuses although the source would let it through. */
export function lostOnTheWay(
  { architectures, calls, logged }: Restrictions,
  filter: ImportedFilter,
  { architecture }: ImportOptions,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const span = calls?.span ?? logged?.span;
  const narrower = (message: string, place: Diagnostic['span'], help: string | undefined): void => {
    diagnostics.push({ code: 'import-narrower', severity: 'warning', message, span: place, help });
  };
  const foreign = FOREIGN[architecture].filter((name) => architectures.size === 0 || architectures.has(name));
  if (foreign.length > 0) {
    const written = foreign.map((name) => architectures.get(name)).find((place) => place !== undefined);
    narrower(
      `narrower: systemd lets programs make the calls of ${foreign.join(' and ')}; a policy ends a process that does`,
      written ?? span,
      'SystemCallArchitectures=native says the same in the unit',
    );
  }
  if (filter.default === 'allow' || filter.default === 'log') {
    narrower(
      'narrower: systemd lets calls through that are younger than Portcullis; here they answer ENOSYS',
      span,
      undefined,
    );
  }
  return diagnostics;
}
