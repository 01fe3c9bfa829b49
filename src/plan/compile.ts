import { capabilitySet } from '../kernel/capabilities.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { hasErrors } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { type Filter, filterTooLarge, resolveFilter } from '../seccomp/index.ts';
import { PlanBuilder } from './builder.ts';
import { confine } from './confine.ts';
import { descriptorsOf, type GatedContract } from './contract.ts';
import { launcherOf } from './facts.ts';
import { auditAccess, denialProblems, denialsOf } from './filters/denials.ts';
import { proofProblems } from './filters/filter-claim.ts';
import { type GateFilters, gateFilters, mayTrace, outerFilter, withExec } from './filters/gate-filter.ts';
import { receivedBefore } from './filters/received-before.ts';
import { hostProblems } from './host-problems.ts';
import type { ExecGuard, LaunchMode } from './launch-mode.ts';
import { isMetBy } from './need.ts';
import type { Plan } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { prepare } from './prepare.ts';
import { serve } from './serve.ts';
import { planSession } from './session.ts';
import { plannedAdmission } from './steps/access-list.ts';
import { outerTask } from './steps/detach.ts';
import { fitsPageZero, PAGE_ZERO_NEED } from './steps/page-zero.ts';

/** `undefined` when a problem forbids the launch. All problems are reported, those of the filter as well. */
export function compilePlan(input: PlanInput): {
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { policy, facts, identity } = input;
  const { filter, diagnostics: filterProblems } = resolveFilter(policy.seccomp, facts.architecture, policy);
  const diagnostics = [...filterProblems, ...hostProblems(input)];
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };
  const { mode, whole, problems } = decide(input, filter);
  if (problems.length > 0) return { plan: undefined, diagnostics: [...diagnostics, ...problems] };
  const { filters, problem } = sessionFilters(policy, () => gateFilters(whole, policy, mode));
  if (filters === undefined) return { plan: undefined, diagnostics: [...diagnostics, problem] };
  const outer = outerFilter(facts.architecture, outerTask(mode.shape), mode.denials.by === 'audit');
  const unproved = proofProblems([...filters.claims, outer.claim], policy.seccomp.span);
  if (unproved.length > 0) return { plan: undefined, diagnostics: [...diagnostics, ...unproved] };
  const contract: GatedContract = {
    ...mode,
    policy,
    facts,
    identity,
    admission: plannedAdmission(input),
    interpreters: input.interpreters ?? [],
    linkTargets: input.linkTargets ?? new Map(),
    socketOwners: input.socketOwners ?? new Map(),
    peerAccounts: input.peerAccounts ?? new Map(),
    servedPorts: input.servedPorts ?? [],
    unprivileged: input.unprivileged,
    caller: input.caller,
    programs: { outer: outer.program, inner: filters.first, session: filters.second },
    pipes: undefined,
  };
  const builder = new PlanBuilder(facts.architecture, 'inner');
  prepare(builder, contract);
  confine(builder, contract);
  serve(builder, contract);
  planSession(builder, contract);
  const plan: Plan = {
    service: policy.service,
    file: policy.file,
    architecture: facts.architecture,
    shape: contract.shape,
    kernel: input.kernel,
    launcher: launcherOf(facts),
    grants: { root: identity.uid === 0, capabilities: capabilitySet(policy.capabilities) },
    accepted: policy.accept,
    descriptors: descriptorsOf(contract),
    contract,
    steps: builder.steps,
  };
  return { plan, diagnostics };
}

/** Takes every decision about the launch that is not the policy's own, with the filter that follows from it. */
function decide(
  input: PlanInput,
  filter: Filter,
): { readonly mode: LaunchMode; readonly whole: Filter; readonly problems: readonly Diagnostic[] } {
  const { policy, shape, identity } = input;
  const mayMap = mayMapPageZero(input);
  const kind = policy.exec === 'allow' ? 'none' : mayMap ? 'page-zero' : 'notification';
  const whole = withExec(filter, policy, kind);
  const guard: ExecGuard =
    kind === 'notification' ? { kind } : { kind, callsFromPageZero: mayMap && !mayTrace(whole) };
  const audit = auditAccess(input.facts, input.unprivileged);
  const denied = { policy, filter: whole, guard, uid: identity.uid, audit };
  const problems = [...denialProblems(denied), ...receivedBefore(policy, filter)];
  return { mode: { shape, guard, denials: denialsOf(denied) }, whole, problems };
}

/** Reports a filter that fits alone but is too large together with the calls of the gate. */
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
  if (unprivileged || !isMetBy(facts.permitted, PAGE_ZERO_NEED)) return false;
  return !policy.capabilities.includes(PAGE_ZERO_NEED.capability) && fitsPageZero(policy.run[0]);
}
