import { capabilitySet } from '../kernel/capabilities.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { hasErrors } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { filterTooLarge, resolveFilter } from '../seccomp/index.ts';
import { PlanBuilder } from './builder.ts';
import { confine } from './confine.ts';
import { launcherOf } from './facts.ts';
import { proofProblems } from './filters/filter-claim.ts';
import {
  type ExecGuard,
  type GateFilters,
  gateFilters,
  mayTrace,
  outerFilter,
  withExec,
} from './filters/gate-filter.ts';
import { hostProblems } from './host-problems.ts';
import { isMetBy } from './need.ts';
import type { Plan } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { prepare } from './prepare.ts';
import { serve } from './serve.ts';
import { planSession } from './session.ts';
import { outerTask } from './steps/detach.ts';
import { fitsPageZero, PAGE_ZERO_NEED } from './steps/page-zero.ts';

/** `undefined` when a problem forbids the launch. All problems are reported, those of the filter as well. */
export function compilePlan(input: PlanInput): {
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { policy, facts, identity, shape = 'serve' } = input;
  const { filter, diagnostics: filterProblems } = resolveFilter(policy.seccomp, facts.architecture, policy);
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
    landlock: facts.landlockAbi > 0,
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
    contract: {
      shape,
      policy,
      facts,
      identity,
      interpreters: input.interpreters ?? [],
      linkTargets: input.linkTargets ?? new Map(),
      unprivileged: input.unprivileged,
      caller: input.caller,
      guard,
      callsFromPageZero,
      programs: { outer: outer.program, inner: filters.first, session: filters.second },
      pipes: undefined,
    },
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
  if (unprivileged || !isMetBy(facts.permitted, PAGE_ZERO_NEED)) return false;
  return !policy.capabilities.includes(PAGE_ZERO_NEED.capability) && fitsPageZero(policy.run[0]);
}

function execGuard(input: PlanInput): ExecGuard {
  if (input.policy.exec === 'allow') return 'none';
  return mayMapPageZero(input) ? 'page-zero' : 'notification';
}
