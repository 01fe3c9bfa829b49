import { capabilitySet } from '../kernel/capabilities.ts';
import type { KernelRelease } from '../kernel/kernel-release.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { hasErrors } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { filterTooLarge, type Program, resolveFilter } from '../seccomp/index.ts';
import { NOT_NEGATIVE, PlanBuilder, value } from './builder.ts';
import { HeldPrivilege } from './capabilities.ts';
import { detach, hearSignals, outerTask, partWays } from './detach.ts';
import { type HostFacts, type Identity, launcherOf } from './facts.ts';
import { enterDirectory, enterRoot, findProgram, setUmask } from './filesystem.ts';
import { proofProblems } from './filter-claim.ts';
import {
  type ExecGuard,
  type GateFilters,
  gateFilters,
  mayTrace,
  outerFilter,
  withExec,
} from './gate-filter.ts';
import { hostProblems } from './host-problems.ts';
import { assertIdentity, becomeUser, dropCapabilities } from './identity.ts';
import { createRuleset, restrictSelf } from './landlock.ts';
import { limitGate, limitService } from './limits.ts';
import { loadFilter, setNoNewPrivileges } from './load-filter.ts';
import { mountProc, refuseRoot, unshareNamespaces, unshareUser } from './namespaces.ts';
import { assertPageZeroIsClosed, fillPageZero, fitsPageZero } from './page-zero.ts';
import { isUnattended, type Plan, type PlanShape } from './plan.ts';
import { resetKeyring, resetScheduling } from './reset.ts';
import { CONNECTION, LOG, openWatchers, planSession } from './session.ts';
import { BACKLOG, listenerSlot, openSockets } from './sockets.ts';
import { firstClosedInOuter } from './surroundings.ts';

export interface PlanInput {
  readonly policy: Policy;
  readonly identity: Identity;
  /** What the kernel starts the program with, a script's interpreter or the loader: a path inside the root. */
  readonly interpreter?: string | undefined;
  readonly facts: HostFacts;
  /** Run as the calling user, in a user namespace. */
  readonly unprivileged: boolean;
  /** `serve` when absent. */
  readonly shape?: Exclude<PlanShape, 'direct'>;
  /** The oldest kernel that the plan is to run on; absent: the one of the facts, which runs. */
  readonly kernel?: KernelRelease;
  /** The launcher's environment, from which `environment.pass` takes. */
  readonly caller: Readonly<Record<string, string | undefined>>;
}

/** `undefined` when a problem forbids the launch. All problems are reported, those of the filter as well. */
export function compilePlan(input: PlanInput): {
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { policy, facts, identity, shape = 'serve' } = input;
  const { filter, diagnostics: filterProblems } = resolveFilter(policy.seccomp, facts.architecture);
  const diagnostics = [...filterProblems, ...hostProblems(input)];
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };
  const guard = execGuard(input);
  const whole = withExec(filter, policy, guard);
  const callsFromPageZero = mayMapPageZero(input) && !mayTrace(whole);
  const { filters, problem } = sessionFilters(policy, () =>
    gateFilters(whole, guard, shape, callsFromPageZero),
  );
  if (filters === undefined) return { plan: undefined, diagnostics: [...diagnostics, problem] };
  const outer = outerFilter(facts.architecture, outerTask(shape));
  const unproved = proofProblems([...filters.claims, outer.claim], policy.seccomp.span);
  if (unproved.length > 0) return { plan: undefined, diagnostics: [...diagnostics, ...unproved] };
  const builder = new PlanBuilder(facts.architecture, 'inner');
  prepare(builder, input, guard, callsFromPageZero);
  confine(builder, input, guard, callsFromPageZero, { inner: filters.first, outer: outer.program });
  serve(builder, input, guard);
  planSession(builder, {
    ...input,
    shape,
    guard,
    second: filters.second,
    landlock: landlockAbi(input) > 0,
  });
  const plan: Plan = {
    service: policy.service,
    file: policy.file,
    architecture: facts.architecture,
    shape,
    kernel: input.kernel,
    launcher: launcherOf(facts),
    grants: { root: identity.uid === 0, capabilities: capabilitySet(policy.capabilities) },
    accepted: policy.accept,
    descriptors: policy.listenFds ? [0, 1, 2, 3] : [0, 1, 2],
    steps: builder.steps,
  };
  return { plan, diagnostics };
}

/** A filter that fits by itself may be too large with what the gate needs. */
function sessionFilters(
  policy: Policy,
  make: () => GateFilters,
):
  | { readonly filters: GateFilters; readonly problem?: undefined }
  | { readonly filters?: undefined; readonly problem: Diagnostic } {
  try {
    return { filters: make() };
  } catch (error) {
    return { problem: filterTooLarge(error, policy.seccomp.span) };
  }
}

/** And the service may not, once it runs. */
function mayMapPageZero({ policy, unprivileged, facts }: PlanInput): boolean {
  const rawio = capabilitySet(['CAP_SYS_RAWIO']);
  if (unprivileged || (facts.permitted & rawio) === 0n) return false;
  return (capabilitySet(policy.capabilities) & rawio) === 0n && fitsPageZero(policy.run[0]);
}

function execGuard(input: PlanInput): ExecGuard {
  if (input.policy.exec === 'allow') return 'none';
  return mayMapPageZero(input) ? 'page-zero' : 'notification';
}

function landlockAbi(input: PlanInput): number {
  return input.facts.landlockAbi;
}

function allCapabilities(facts: HostFacts): bigint {
  return (1n << BigInt(facts.lastCapability + 1)) - 1n;
}

function prepare(builder: PlanBuilder, input: PlanInput, guard: ExecGuard, callsFromPageZero: boolean): void {
  const { policy, facts, identity, shape = 'serve' } = input;
  builder.enter('prepare', ['outer']);
  detach(builder, shape);
  const caller = new HeldPrivilege(builder, facts.permitted);
  caller.hold(
    privilegedPorts(policy, facts) ? ['CAP_NET_BIND_SERVICE'] : [],
    'all that the sockets need',
    policy.spans.get('listen'),
  );
  openSockets(builder, policy);
  openWatchers(builder);
  if (isUnattended(shape)) hearSignals(builder, shape);
  limitGate(builder, policy, facts);
  resetScheduling(builder, caller, facts);
  if (input.unprivileged && shape !== 'serve') refuseRoot(builder);
  if (input.unprivileged) unshareUser(builder, identity);
  const held = input.unprivileged ? new HeldPrivilege(builder, allCapabilities(facts)) : caller;
  held.hold(['CAP_SYS_ADMIN'], 'to make namespaces');
  unshareNamespaces(builder, policy);
  if (policy.root !== undefined) {
    held.hold(['CAP_SYS_CHROOT'], 'to change the root', policy.spans.get('root'));
    enterRoot(builder, policy.root, policy);
  }
  if (guard === 'page-zero' || callsFromPageZero) {
    held.hold(['CAP_SYS_RAWIO'], 'to map page 0', policy.spans.get('exec'));
    fillPageZero(builder, policy.run[0], policy, { callsFromThere: callsFromPageZero });
  }
  held.hold([], 'nothing more is needed for now');
  if (landlockAbi(input) > 0) createRuleset(builder, policy, landlockAbi(input));
  builder.verb({
    verb: 'split',
    outer: outerTask(shape),
    why: "the gate that accepts, first process of the service's pid namespace",
    source: undefined,
  });
}

function privilegedPorts(policy: Policy, facts: HostFacts): boolean {
  return policy.listen.some((address) => address.port < facts.unprivilegedPortStart);
}

function confine(
  builder: PlanBuilder,
  input: PlanInput,
  guard: ExecGuard,
  callsFromPageZero: boolean,
  filters: { readonly inner: Program; readonly outer: Program },
): void {
  const { policy, facts, identity, unprivileged, shape = 'serve' } = input;
  builder.enter('confine', ['outer', 'inner']);
  if (isUnattended(shape)) partWays(builder, shape);
  const permitted = unprivileged ? allCapabilities(facts) : facts.permitted;
  const held = new HeldPrivilege(builder, permitted);
  if (policy.root === undefined) {
    held.hold(['CAP_SYS_ADMIN'], 'to mount /proc');
    mountProc(builder);
  }
  resetKeyring(builder);
  enterDirectory(builder, policy);
  setUmask(builder, policy);
  limitService(builder, policy, facts);
  becomeUser(builder, held, identity, policy, !unprivileged);
  dropCapabilities(builder, policy, permitted, identity.uid === 0);
  assertIdentity(builder, identity, policy, facts, unprivileged);
  if (guard === 'page-zero' || callsFromPageZero) assertPageZeroIsClosed(builder);
  if (isUnattended(shape)) findProgram(builder, policy, input.interpreter);
  builder.call('prctl', ['PR_SET_PDEATHSIG', 'SIGKILL', 0, 0, 0], {
    why: 'whoever loses its parent ends',
    roles: shape === 'serve' ? builder.roles : ['inner'],
  });
  builder.call('prctl', ['PR_SET_DUMPABLE', 0, 0, 0, 0], {
    why: 'no process of the same user reads or traces the gate',
  });
  builder.call('prctl', ['PR_GET_DUMPABLE', 0, 0, 0, 0], { why: 'read back' });
  setNoNewPrivileges(builder, undefined);
  if (landlockAbi(input) > 0) restrictSelf(builder, policy);
  builder.call('close_range', [firstClosedInOuter(shape), value(0xffff_ffff, 'the last'), 0], {
    why: 'its events and the pipe whose end tells the inner gate',
    roles: ['outer'],
  });
  loadFilter(builder, filters.outer, {
    why:
      outerTask(shape) === 'wait' ? 'the outer gate only waits' : `the outer gate has to ${outerTask(shape)}`,
    roles: ['outer'],
  });
  const notifying = guard === 'notification';
  loadFilter(builder, filters.inner, {
    why: notifying
      ? 'the policy and what the gate needs; an exec asks the gate'
      : 'the policy and what the gate needs',
    source: policy.spans.get('seccomp'),
    roles: ['inner'],
    ...(notifying
      ? { flags: 'SECCOMP_FILTER_FLAG_NEW_LISTENER', expect: NOT_NEGATIVE, store: 'notify' }
      : {}),
  });
}

function serve(builder: PlanBuilder, input: PlanInput, guard: ExecGuard): void {
  const { policy, shape = 'serve' } = input;
  const { limits } = policy;
  const inherited = shape === 'wrap';
  builder.enter('confine', ['inner']);
  // A service that accepts for itself runs as long as it likes, unless the policy says how long.
  const timed = (policy.handoff === 'connection' && !inherited) || policy.spans.has('limits.time');
  builder.verb({
    verb: 'serve',
    handoff: inherited ? 'inherited' : policy.handoff,
    listeners: policy.listen.map((_, index) => listenerSlot(index)),
    backlog: BACKLOG,
    sessions: policy.handoff === 'listener' || inherited ? 1 : limits.sessions,
    perSource: limits.perSource ?? Math.max(1, Math.floor(limits.sessions / 4)),
    loopbackExempt: limits.perSource === undefined,
    timeMs: timed ? limits.timeMs : undefined,
    drainMs: limits.drainMs,
    epoll: 'epoll',
    childSignal: 'child',
    connection: inherited ? undefined : CONNECTION,
    log: policy.stderr === 'log' && !inherited ? LOG : undefined,
    notify: guard === 'notification' ? 'notify' : undefined,
    localAddress: policy.handoff === 'connection',
    why: 'accept, fork, reap; each connection runs what follows',
    source: policy.spans.get('limits'),
  });
}
