import { constantBits, constantNumber } from '../../kernel/constants.ts';
import { outOfReach, WITHOUT_REPORT } from '../../policy/denial-report.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import { type Action, callNumber, decidingRule, type Filter } from '../../seccomp/index.ts';
import { callsFromPageZero, type Denials, type ExecGuard } from '../launch-mode.ts';

/** A launch of a policy, as far as denied calls depend on it. */
export interface DenialInput {
  readonly policy: Pick<Policy, 'user' | 'capabilities' | 'root' | 'processes' | 'seccomp'>;
  /** With what `exec` says. */
  readonly filter: Filter;
  readonly guard: ExecGuard;
  /** Of the service; `undefined`: no host was asked. */
  readonly uid: number | undefined;
}

const BY_KERNEL: Denials = { by: 'kernel' };

/** Decides who ends a process whose call the policy denies: the gate, which reports it, wherever it can. */
export function denialsOf(input: DenialInput): Denials {
  const { policy, filter, guard } = input;
  if (policy.seccomp.report === 'none' || obstacle(input) !== undefined) return BY_KERNEL;
  const isListenerTaken = guard.kind === 'notification';
  if (policy.seccomp.report === undefined && !isListenerTaken && mayListen(filter)) return BY_KERNEL;
  return { by: 'gate', namesPrograms: numbersItsProcesses(policy) && mayReadNames(filter) };
}

/** The numbers in /proc are those that the kernel asks the gate with: the /proc of the host has its own. */
function numbersItsProcesses({ root, processes }: DenialInput['policy']): boolean {
  return root === undefined && processes === 'own';
}

/** The policy asks for what its launch cannot do. */
export function denialProblems(input: DenialInput): readonly Diagnostic[] {
  const found = input.policy.seccomp.report === 'gate' ? obstacle(input) : undefined;
  if (found === undefined) return [];
  return [
    {
      code: 'report-impossible',
      severity: 'error',
      message: `the gate cannot report denied calls: ${found}`,
      span: input.policy.seccomp.reportSpan,
      help: WITHOUT_REPORT,
    },
  ];
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
