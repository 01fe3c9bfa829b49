import type { Architecture } from '../../kernel/architecture.ts';
import { errnoOf } from '../../kernel/errno.ts';
import { isDatagram } from '../../policy/datagram.ts';
import type { Policy } from '../../policy/policy.ts';
import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import {
  type Action,
  type Condition,
  compileFilter,
  type Filter,
  type Program,
  type Rule,
  resolveFilter,
  splitFilter,
} from '../../seccomp/index.ts';
import {
  AUDIT_DESCRIPTORS as AUDIT,
  GATE_DESCRIPTORS as GATE,
  OUTER_DESCRIPTORS as OUTER,
  TIMES_DESCRIPTOR as TIMES,
} from '../gate-descriptors.ts';
import { callsFromPageZero, type ExecGuard, type GatedShape, type LaunchMode } from '../launch-mode.ts';
import type { OuterTask } from '../step.ts';
import { asksForTimes } from '../steps/connection-times.ts';
import { gateAddress, PAGE_ZERO_PATH } from '../steps/page-zero.ts';
import { peerDescriptors } from '../steps/peer-sockets.ts';
import type { FilterClaim } from './filter-claim.ts';

/** The calls of the gate under its own filter, and of a session before it has its filter. */
const GATE_RULES: readonly string[] = [
  'accept4',
  'clock_gettime',
  'clone(clone_flags & ~CLONE_FILES == CLONE_VM|CLONE_CHILD_CLEARTID|SIGCHLD)',
  'close',
  'close_range',
  'dup3(newfd <= 3)',
  'epoll_ctl',
  'epoll_pwait',
  'exit_group',
  'fcntl(cmd in {F_SETFL, F_DUPFD_CLOEXEC})',
  'futex(op in {FUTEX_WAIT_PRIVATE, FUTEX_WAKE_PRIVATE})',
  'getpid',
  'getsockname',
  'landlock_restrict_self',
  'listen',
  'madvise(behavior == MADV_DONTNEED)',
  'pipe2',
  'prlimit64(pid == 0)',
  'read',
  'restart_syscall',
  'rt_sigprocmask',
  'seccomp(op == SECCOMP_SET_MODE_FILTER)',
  'setpgid(pid == 0 && pgid == 0)',
  'wait4',
  'waitid',
  `write(fd in {${GATE.events}, ${GATE.log}})`,
];

/**
 * The outer gate reports to the inner one that it is confined, waits, and reports why it ends. Its task may add calls.
 */
const OUTER_RULES: Readonly<Record<OuterTask, readonly string[]>> = {
  wait: [`write(fd in {${GATE.events}, ${OUTER.lifeline}})`],
  supervise: [
    'clock_gettime',
    'ppoll',
    `read(fd in {${GATE.events}, ${GATE.log}, ${OUTER.signals}})`,
    `write(fd in {2, ${OUTER.lifeline}, ${OUTER.orders}, ${OUTER.output}, ${OUTER.error}})`,
  ],
  forward: [
    'getpid',
    'kill(sig == SIGSTOP)',
    'ppoll',
    `read(fd in {${GATE.log}, ${OUTER.signals}})`,
    `write(fd in {2, ${OUTER.lifeline}, ${OUTER.error}})`,
  ],
};

/** Before a session the gate looks whether its client has reset the connection. */
const CONNECTION_RULES: readonly string[] = ['getpeername'];

/** With inherited descriptors the gate reads the address of the peer and forwards signals. */
const WRAP_RULES: readonly string[] = ['getpeername(fd == 0)', 'kill'];

const PEER_RULES: Readonly<Record<GatedShape, readonly string[]>> = {
  serve: CONNECTION_RULES,
  standalone: CONNECTION_RULES,
  wrap: WRAP_RULES,
};

/** The gate asks a UNIX socket whose it is. */
const UNIX_RULES: readonly string[] = [
  'getsockopt(level == SOL_SOCKET && optname in {SO_PEERCRED, SO_PEERGROUPS})',
];

/** The gate takes the number of a connection, and asks by the one socket that it has for that. */
const TIMES_RULES: readonly string[] = [
  'getsockopt(level == SOL_SOCKET && optname in {SO_COOKIE, SO_BINDTOIFINDEX})',
  `recvfrom(fd == ${TIMES} && flags == MSG_DONTWAIT)`,
  `sendto(fd == ${TIMES} && flags == MSG_DONTWAIT && addr == NULL)`,
];

/** A peer that a service has connected its datagram socket to is let go: an address so short names no peer. */
const DATAGRAM_RULES: readonly string[] = ['connect(addrlen == 2)'];

/**
 * The gate passes datagrams on between its sockets, which alone send to a name, and pairs. Sessions send it no descriptors
 * by a pair, and find its end when it drains.
 */
function datagramRules(sockets: readonly number[]): readonly string[] {
  const isSocket = `fd in {${sockets.join(', ')}}`;
  return [
    'ioctl(cmd == FIONREAD)',
    'recvfrom(flags == MSG_DONTWAIT && addr == NULL)',
    `recvmsg(${isSocket} && flags == MSG_DONTWAIT|MSG_TRUNC)`,
    `sendmsg(${isSocket} && flags == MSG_DONTWAIT)`,
    'sendto(flags == MSG_DONTWAIT|MSG_NOSIGNAL && addr == NULL)',
    'setsockopt(level == SOL_SOCKET && optname == SO_PASSRIGHTS)',
    'shutdown(how == SHUT_WR)',
    'socketpair(family == AF_UNIX && type == SOCK_SEQPACKET|SOCK_CLOEXEC && protocol == 0)',
  ];
}

/** For every exec that asks: the gate answers, also that the call may go on. */
const EXEC_RULES: readonly string[] = ['ioctl(cmd in {SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND})'];

/** For denied calls that ask: the gate looks whose they are and answers nothing. So it can let no call go on. */
const DENIAL_RULES: readonly string[] = [
  'getpgid',
  'ioctl(cmd == SECCOMP_IOCTL_NOTIF_RECV)',
  'tgkill(sig == 0)',
];

/**
 * For denied calls that the kernel's audit tells: the gate hears it, asks the outer gate for the numbers that it names,
 * and looks whose processes they are.
 */
const AUDIT_RULES: readonly string[] = [
  `fcntl(fd == ${AUDIT.owner} && cmd == F_GETOWN)`,
  'getpgid',
  `recvfrom(fd == ${AUDIT.audit} && flags == MSG_DONTWAIT)`,
  `write(fd == ${AUDIT.numbers})`,
];

/** And the outer gate, in the pid namespace of the host, answers. */
const NUMBER_RULES: readonly string[] = [
  `fcntl(fd == ${AUDIT.numbers} && cmd == F_SETOWN)`,
  `read(fd == ${AUDIT.numbers})`,
  `write(fd == ${AUDIT.numbers})`,
];

function gateRules(
  { shape, guard, denials }: LaunchMode,
  policy: Pick<Policy, 'handoff' | 'limits' | 'listen'>,
): readonly string[] {
  return [
    ...GATE_RULES,
    ...PEER_RULES[shape],
    ...(policy.listen.some(({ kind }) => kind === 'unix') ? UNIX_RULES : []),
    ...(policy.handoff === 'listener' && policy.listen.some(isDatagram) ? DATAGRAM_RULES : []),
    ...(policy.handoff === 'peer' ? datagramRules(peerDescriptors(policy)) : []),
    ...(asksForTimes(policy, shape) ? TIMES_RULES : []),
    ...(guard.kind === 'notification' ? EXEC_RULES : []),
    ...(denials.by === 'gate' ? DENIAL_RULES : []),
    ...(denials.by === 'audit' ? AUDIT_RULES : []),
  ];
}

/** The gate asks a session to end, and kills it. */
function killRule({ signal }: Policy['limits']): string {
  return `kill(sig in {SIGKILL, ${signal}})`;
}

function rulesOnly(texts: readonly string[]): SeccompPolicy {
  return {
    default: { text: 'kill_process', span: undefined },
    kernel: undefined,
    rules: texts.map((text) => ({ text, span: undefined })),
    groups: new Map(),
    span: undefined,
  };
}

function resolveOwn(texts: readonly string[], architecture: Architecture): Filter {
  const { filter, diagnostics } = resolveFilter(rulesOnly(texts), architecture);
  const problem = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (problem !== undefined) throw new Error(`a rule of the gate: ${problem.message}`);
  return filter;
}

/** The filter of the outer gate. */
export function outerFilter(
  architecture: Architecture,
  task: OuterTask,
  audits: boolean,
): { readonly program: Program; readonly claim: FilterClaim } {
  const rules = ['exit_group', 'restart_syscall', 'wait4', ...OUTER_RULES[task]];
  const filter = resolveOwn(audits ? [...rules, ...NUMBER_RULES] : rules, architecture);
  const program = compileFilter(filter);
  const about = `the outer gate (${audits ? `${task}, and answer` : task})`;
  return { program, claim: { about, filter, programs: [program] } };
}

const ANY: Condition = { kind: 'true' };
const ALLOW: Action = { kind: 'allow' };

function execRule(call: string, condition: Condition, action: Action = ALLOW): Rule {
  return { call, condition, action, source: undefined };
}

/** The test of all 64 bits of the pathname's address: no other memory has that address. */
const PATH_IS_PAGE_ZERO: Condition = {
  kind: 'compare',
  argument: 0,
  width: 64,
  mask: 0xffff_ffff_ffff_ffffn,
  comparison: '==',
  value: BigInt(PAGE_ZERO_PATH),
};

const EPERM: Action = { kind: 'errno', errno: errnoOf('EPERM') };

/** Returns whether the action always stops the call, and leaves no decision to a tracer or listener. */
function isRefusal(action: Action): boolean {
  switch (action.kind) {
    case 'user_notif':
    case 'trace':
    case 'log':
    case 'allow':
      return false;
    default:
      return true;
  }
}

/** Returns the action for a second exec: the default when that refuses, or else the gate's answer to a notification. */
function refusal({ default: fallback }: Filter): Action {
  return isRefusal(fallback) ? fallback : EPERM;
}

/** Returns the policy's filter with the rules of `exec` about starting programs. */
export function withExec(filter: Filter, policy: Pick<Policy, 'spans'>, guard: ExecGuard['kind']): Filter {
  if (guard === 'none') {
    const named = filter.rules.some((rule) => rule.call === 'execve');
    return named ? filter : { ...filter, rules: [...filter.rules, execRule('execve', ANY)] };
  }
  const rules = filter.rules.filter((rule) => rule.call !== 'execve' && rule.call !== 'execveat');
  if (guard === 'notification')
    return { ...filter, rules: [...rules, execRule('execve', ANY), execRule('execveat', ANY)] };
  const refused = refusal(filter);
  const source = policy.spans.get('exec');
  return {
    ...filter,
    rules: [
      ...rules,
      { ...execRule('execve', PATH_IS_PAGE_ZERO), source },
      { ...execRule('execve', { kind: 'not', term: PATH_IS_PAGE_ZERO }, refused), source },
      { ...execRule('execveat', ANY, refused), source },
    ],
  };
}

/** Denied calls ask, all of them. */
const ASKED = { as: { kind: 'user_notif' }, except: [] } as const;

export interface GateFilters {
  readonly first: Program;
  /** `undefined`: the first is the policy. */
  readonly second: Program | undefined;
  /** The claims that must be proved before the programs are loaded. */
  readonly claims: readonly FilterClaim[];
}

/**
 * The filters of a session. Where the gate makes its calls from page 0, one decides by the address of a call whether it
 * is the gate's, and is the policy for all others. Else there are two, the gate's, which a session inherits, and its
 * own: first and second together are the policy.
 *
 * Denied calls ask the gate in the first filter: a chain of filters has one listener. The gate's own calls from page 0,
 * and in the second filter the calls that it needs, are killed at once.
 */
export function gateFilters(
  whole: Filter,
  policy: Pick<Policy, 'handoff' | 'limits' | 'listen'>,
  mode: LaunchMode,
): GateFilters {
  const { guard, denials } = mode;
  const filter = denials.by === 'gate' ? { ...whole, kills: ASKED } : whole;
  const rules = [...gateRules(mode, policy), killRule(policy.limits)];
  const gate = resolveOwn(rules, filter.architecture);
  const own = new Set(rules.map((text) => text.replace(/\(.*/, '')));
  const needs = gate.rules.filter((rule) => own.has(rule.call));
  if (callsFromPageZero(guard)) {
    const overrides = needs.map((rule) => ({ ...rule, action: ALLOW }));
    const overridesAt = gateAddress(filter.architecture);
    const one = { ...filter, overrides, overridesAt };
    const first = compileFilter(one);
    const claim: FilterClaim = { about: 'the gate and its sessions', filter: one, programs: [first] };
    return { first, second: undefined, claims: [claim] };
  }
  const asks = (part: Filter): Filter => (guard.kind === 'notification' ? asking(part) : part);
  const kills = filter.kills && { ...ASKED, except: needs };
  const parts = splitFilter(filter, needs);
  const [first, second] = [compileFilter(asks(parts.first)), compileFilter(parts.second)];
  return {
    first,
    second,
    claims: [
      { about: 'the gate', filter: asks(parts.first), programs: [first] },
      { about: 'a session', filter: asks({ ...filter, kills }), programs: [first, second] },
    ],
  };
}

/**
 * Returns whether the filter may let a session trace. A tracer writes the registers of a process, also the address of a
 * call, before its filter sees them. Then calls from page 0 would not be the gate's alone.
 */
export function mayTrace(filter: Filter): boolean {
  return mayCall(filter, 'ptrace');
}

/** Returns whether a filter may let a call through, with some arguments at least. */
export function mayCall({ default: fallback, rules }: Filter, call: string): boolean {
  const about = rules.filter((rule) => rule.call === call);
  const isRefused = about.some((rule) => rule.condition.kind === 'true' && isRefusal(rule.action));
  return !isRefused && [fallback, ...about.map((rule) => rule.action)].some((action) => !isRefusal(action));
}

/** Every exec asks the gate first. */
function asking(filter: Filter): Filter {
  const rules = filter.rules.map((rule) =>
    rule.call === 'execve' || rule.call === 'execveat'
      ? { ...rule, action: { kind: 'user_notif' } as const }
      : rule,
  );
  return { ...filter, rules };
}
