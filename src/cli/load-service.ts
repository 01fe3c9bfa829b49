import { resolvePolicy } from '../host/resolve-policy.ts';
import { checkPlan } from '../plan/check/check-plan.ts';
import { compilePlan } from '../plan/compile.ts';
import type { HostFacts } from '../plan/facts.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import { type Target, targetFacts } from '../plan/target-facts.ts';
import { acceptWarnings } from '../policy/accept-warnings.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { hasErrors } from '../policy/diagnostic.ts';
import type { PolicyDocument } from '../policy/document.ts';
import type { Policy } from '../policy/policy.ts';
import { resolveFilter } from '../seccomp/index.ts';
import type { PolicySource } from './policy-source.ts';
import { raisePorts } from './raise-ports.ts';
import { readSource } from './read-source.ts';

export interface LoadOptions {
  readonly facts: HostFacts;
  readonly unprivileged: boolean;
  /** Refuse files that others could have written: what root compiles from. */
  readonly trusted: boolean;
  readonly caller: Readonly<Record<string, string | undefined>>;
  /** Whether a policy without `listen` is refused; true if left out. */
  readonly requireListen?: boolean;
  /** Compile for a host that is not this one, as an executable of its own; `facts` then only say who asks. */
  readonly target?: Target;
}

/** What became of one policy. */
export interface LoadedService {
  /** The file, or the command line. */
  readonly file: string;
  /** What the places of problems lead into, by the name of the file. */
  readonly texts: ReadonlyMap<string, string>;
  /** What the command line says of the policy; undefined without flags. */
  readonly flags: PolicyDocument | undefined;
  readonly policy: Policy | undefined;
  readonly uid: number | undefined;
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads, checks and compiles one policy; every problem of every stage is reported. */
export function loadService(source: PolicySource, options: LoadOptions): LoadedService {
  const read = readSource(source, options);
  const { file, texts, flags, parsed } = read;
  const nothing = { file, texts, flags, policy: undefined, uid: undefined, plan: undefined };
  if (parsed === undefined) return { ...nothing, diagnostics: read.diagnostics };
  const lookUp = {
    unprivileged: options.unprivileged,
    callerUid: options.facts.uid,
    environment: options.caller,
    target: options.target?.architecture,
  };
  if (parsed.policy === undefined) {
    const onHost = parsed.draft === undefined ? [] : resolvePolicy(parsed.draft, lookUp).diagnostics;
    const { architecture } = options.facts;
    const rules = parsed.seccomp === undefined ? [] : resolveFilter(parsed.seccomp, architecture).diagnostics;
    return { ...nothing, diagnostics: [...read.diagnostics, ...parsed.diagnostics, ...onHost, ...rules] };
  }
  const { policy, diagnostics: moved } =
    options.unprivileged && options.target === undefined
      ? raisePorts(parsed.policy, options.facts.unprivilegedPortStart)
      : { policy: parsed.policy, diagnostics: [] };
  const resolved = resolvePolicy(policy, lookUp);
  const before = [...read.diagnostics, ...parsed.diagnostics, ...moved, ...resolved.diagnostics];
  if (resolved.identity === undefined || hasErrors(acceptWarnings(policy, before))) {
    const { diagnostics } = resolveFilter(policy.seccomp, options.facts.architecture, policy);
    return { ...nothing, policy, diagnostics: acceptWarnings(policy, [...before, ...diagnostics]) };
  }
  const { plan, diagnostics } = compilePlan({
    policy,
    identity: resolved.identity,
    interpreters: resolved.interpreters,
    linkTargets: resolved.linkTargets,
    unprivileged: options.unprivileged,
    caller: options.caller,
    ...shapeOf(policy, options),
  });
  if (plan !== undefined) assertInvariants(plan);
  return {
    ...nothing,
    policy,
    uid: resolved.identity.uid,
    plan,
    diagnostics: acceptWarnings(policy, [...before, ...diagnostics]),
  };
}

function shapeOf(
  policy: Policy,
  { facts, target }: LoadOptions,
): Pick<PlanInput, 'facts' | 'shape'> & Partial<Pick<PlanInput, 'kernel'>> {
  const inherited = policy.listen.length === 0;
  if (target === undefined) return { facts, shape: inherited ? 'wrap' : 'serve' };
  return {
    facts: targetFacts(policy, target),
    shape: inherited ? 'wrap' : 'standalone',
    kernel: target.kernel,
  };
}

/** A plan that breaks an invariant is a defect of this program: it says so and goes no further. */
export function assertInvariants(plan: Plan): void {
  const [problem] = checkPlan(plan);
  if (problem === undefined) return;
  throw new Error(
    `the plan of ${plan.service} breaks an invariant (${problem.invariant}) in step ${problem.step}, ${problem.role}: ${problem.message}; this is a defect of portcullis, nothing was started`,
  );
}
