import type { Architecture } from '../kernel/architecture.ts';
import type { Policy } from '../policy/policy.ts';
import { CAPABILITIES } from '../seccomp/explain/other-keys.ts';
import { resolveFilter } from '../seccomp/index.ts';
import type { Report } from './report.ts';

/** Functions of the C library that take a capability and have another name than their call. Source: capabilities(7). */
const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ...['seteuid', 'setlogin'].map((name) => [name, 'CAP_SETUID'] as const),
  ...['setegid', 'initgroups'].map((name) => [name, 'CAP_SETGID'] as const),
  ...['adjtime', 'adjtimex', 'stime'].map((name) => [name, 'CAP_SYS_TIME'] as const),
  ...['nice', 'setpriority', 'sched_setscheduler'].map((name) => [name, 'CAP_SYS_NICE'] as const),
  ...['unshare', 'setns', 'umount'].map((name) => [name, 'CAP_SYS_ADMIN'] as const),
  ...['mknod', 'mknodat'].map((name) => [name, 'CAP_MKNOD'] as const),
]);

/** A C library that does not import the call by its own name has this prefix to it. */
const ALIASES = /^__/;

/** Functions that are another one than the call of this name. */
const NO_CALLS: ReadonlySet<string> = new Set(['syslog']);

/** Returns whether a policy makes its service root. */
function isRoot({ user }: Pick<Policy, 'user'>): boolean {
  return user === 'root' || user === 0;
}

/**
 * Reports the capabilities that a service misses as root, by what its program imports and what its rules allow. Without
 * any root is an ordinary user, who owns the files of root.
 */
export function checkRoot(
  {
    path,
    imports,
    target,
  }: { readonly path: string; readonly imports: ReadonlySet<string>; readonly target: Architecture },
  policy: Policy,
  report: Report,
): void {
  if (!isRoot(policy)) return;
  const has: ReadonlySet<string> = new Set(policy.capabilities);
  const evidence = new Map<string, Set<string>>();
  const note = (capability: string | undefined, by: string): void => {
    if (capability === undefined || has.has(capability)) return;
    evidence.set(capability, (evidence.get(capability) ?? new Set()).add(by));
  };
  for (const name of imports) {
    const bare = name.replace(ALIASES, '');
    if (!NO_CALLS.has(bare)) note(FUNCTIONS.get(bare) ?? CAPABILITIES.get(bare), bare);
  }
  for (const { call, action, source } of resolveFilter(policy.seccomp, target, policy).filter?.rules ?? [])
    if (action.kind === 'allow' && source !== undefined) note(CAPABILITIES.get(call), call);
  const uses = [...evidence].sort(([left], [right]) => (left < right ? -1 : 1));
  const missing = [
    ...(has.has('CAP_DAC_OVERRIDE') ? [] : ['CAP_DAC_OVERRIDE (files whose modes leave root out)']),
    ...uses.map(([name, by]) => `${name} (${[...by].sort().join(', ')})`),
  ];
  if (missing.length === 0) return;
  const message = `root is an ordinary user without capabilities, and this one has no ${missing.join(', ')}: ${path} or the rules use them`;
  const help = 'run --explain reports the ones that the service needs: add these to capabilities';
  report('root-misses', 'user', message, help, { severity: 'note' });
}
