import { constantBits, constantNumber } from '../../kernel/constants.ts';
import { outOfReach, WITHOUT_REPORT } from '../../policy/denial-report.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import { type Action, callNumber, decidingRule, type Filter } from '../../seccomp/index.ts';
import type { HostFacts } from '../facts.ts';
import { callsFromPageZero, type Denials, type ExecGuard } from '../launch-mode.ts';
import { isMetBy } from '../need.ts';
import { AUDIT_NEED } from '../steps/audit.ts';

/** A launch of a policy, as far as denied calls depend on it. */
export interface DenialInput {
  readonly policy: Pick<Policy, 'user' | 'capabilities' | 'root' | 'processes' | 'seccomp'>;
  /** With what `exec` says. */
  readonly filter: Filter;
  readonly guard: ExecGuard;
  /** Of the service; `undefined`: no host was asked. */
  readonly uid: number | undefined;
  readonly audit: AuditAccess;
}

/**
 * The way to the kernel's audit, which tells of the calls that the gate is not asked about. Of a launch without one the
 * reason is known when a policy names it; else it is not taken.
 */
export type AuditAccess =
  | { readonly kind: 'open' | 'uncertain' }
  | { readonly kind: 'closed'; readonly reason: string };

/** The access of a launcher. Where it is uncertain the step that hears the audit may fail. */
export function auditAccess(
  facts: Pick<HostFacts, 'permitted' | 'audit'>,
  unprivileged: boolean,
): AuditAccess {
  if (unprivileged)
    return {
      kind: 'closed',
      reason: 'bind answers EPERM to a launch without privilege, even with capabilities',
    };
  if (!isMetBy(facts.permitted, AUDIT_NEED))
    return { kind: 'closed', reason: `bind answers EPERM to a launcher without ${AUDIT_NEED.capability}` };
  return { kind: facts.audit ? 'open' : 'uncertain' };
}

const BY_KERNEL: Denials = { by: 'kernel' };

/**
 * Decides who ends a process whose call the policy denies: the gate, which reports it, wherever it can, or else the
 * kernel, whose audit tells the gate.
 */
export function denialsOf(input: DenialInput): Denials {
  const { policy, filter, audit } = input;
  const names = numbersItsProcesses(policy) && mayReadNames(filter);
  switch (policy.seccomp.report) {
    case 'none':
      return BY_KERNEL;
    case 'kernel':
      return { by: 'audit', namesPrograms: names };
    case 'gate':
    case undefined:
      if (asksGate(input)) return { by: 'gate', namesPrograms: names };
      return audit.kind === 'open' ? { by: 'audit', namesPrograms: names } : BY_KERNEL;
  }
}

function asksGate(input: DenialInput): boolean {
  const { policy, filter, guard } = input;
  if (obstacle(input) !== undefined) return false;
  const isListenerTaken = guard.kind === 'notification';
  return policy.seccomp.report === 'gate' || isListenerTaken || !mayListen(filter);
}

/** The numbers in /proc are those that the kernel asks the gate with: the /proc of the host has its own. */
function numbersItsProcesses({ root, processes }: DenialInput['policy']): boolean {
  return root === undefined && processes === 'own';
}

/** The policy asks for what its launch cannot do. */
export function denialProblems(input: DenialInput): readonly Diagnostic[] {
  const problem = problemOf(input);
  if (problem === undefined) return [];
  const span = input.policy.seccomp.reportSpan;
  return [{ code: 'report-impossible', severity: 'error', span, ...problem }];
}

function problemOf(input: DenialInput): Pick<Diagnostic, 'message' | 'help'> | undefined {
  const { policy, audit } = input;
  const found = policy.seccomp.report === 'gate' ? obstacle(input) : undefined;
  if (found !== undefined)
    return { message: `the gate cannot report denied calls: ${found}`, help: WITHOUT_REPORT };
  if (policy.seccomp.report !== 'kernel' || audit.kind !== 'closed') return undefined;
  return {
    message: `the kernel's audit cannot report denied calls: ${audit.reason}`,
    help: 'run as root of the host, or leave the key out: then the gate reports them where it can',
  };
}

function obstacle({ policy, filter, guard, uid }: DenialInput): string | undefined {
  const out = outOfReach(uid === 0 ? { ...policy, user: uid } : policy);
  if (out !== undefined) return out;
  if (callsFromPageZero(guard) && [filter.default, ...filter.rules.map(({ action }) => action)].some(asks))
    return 'rules of the policy answer user_notif themselves';
  return undefined;
}

function asks({ kind }: Action): boolean {
  return kind === 'user_notif';
}

function answer(filter: Filter, call: string, args: readonly bigint[]): Action {
  const nr = callNumber(call, filter.architecture) ?? -1;
  return decidingRule(filter, { nr, args })?.action ?? filter.default;
}

const LISTENER = constantBits('SECCOMP_FILTER_FLAG_NEW_LISTENER');

/** Every set of the flags that the kernel has, up to this one. */
const LAST_FLAG = constantBits('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV');

const SET_FILTER = constantBits('SECCOMP_SET_MODE_FILTER');
const SOME_ADDRESS = 0x7fff_dead_b000n;

/** The service may load a filter with a listener of its own. The kernel has room for one in a chain. */
function mayListen(filter: Filter): boolean {
  const sets = Array.from({ length: 2 * Number(LAST_FLAG) }, (_, set) => BigInt(set));
  return sets.some(
    (set) => (set & LISTENER) !== 0n && happens(answer(filter, 'seccomp', [SET_FILTER, set, SOME_ADDRESS])),
  );
}

function happens({ kind }: Action): boolean {
  return kind === 'allow' || kind === 'log' || kind === 'trace';
}

const AT_FDCWD = BigInt.asUintN(64, constantBits('AT_FDCWD'));
const HOW = BigInt(constantNumber('O_RDONLY|O_CLOEXEC'));

/** The policy lets everybody under its filter open files to read, the gate as well; nothing is added for it. */
function mayReadNames(filter: Filter): boolean {
  return [0x40_1000n, SOME_ADDRESS].every(
    (path) => answer(filter, 'openat', [AT_FDCWD, path, HOW, 0n]).kind === 'allow',
  );
}
