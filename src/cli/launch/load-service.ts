import { type Admission, admissionOf, type TryFilter } from '../../access/admission.ts';
import { type ResolvedPolicy, type ResolveOptions, resolvePolicy } from '../../host/resolve-policy.ts';
import { trySocketFilter } from '../../host/try-socket-filter.ts';
import { compilePlan } from '../../plan/compile.ts';
import type { HostFacts, Identity } from '../../plan/facts.ts';
import { isMetBy } from '../../plan/need.ts';
import type { Plan } from '../../plan/plan.ts';
import type { PlanInput } from '../../plan/plan-input.ts';
import { assumedTry, FILTER_NEED } from '../../plan/steps/access-list.ts';
import { type Target, targetFacts } from '../../plan/target-facts.ts';
import { acceptWarnings } from '../../policy/accept-warnings.ts';
import { type Diagnostic, hasErrors } from '../../policy/diagnostic.ts';
import type { PolicyDocument } from '../../policy/document.ts';
import { parseDocument } from '../../policy/parse-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import { resolveFilter } from '../../seccomp/index.ts';
import type { PolicySource } from '../policy-source.ts';
import { readSource } from '../read-source.ts';
import { assertInvariants } from './assert-invariants.ts';
import { next, type Outcome, reached, stopped, valueIn } from './outcome.ts';
import { raisePorts } from './raise-ports.ts';

export interface LoadOptions {
  readonly facts: HostFacts;
  readonly unprivileged: boolean;
  /** True to refuse files that others could have written, since root compiles from them. */
  readonly trusted: boolean;
  readonly caller: Readonly<Record<string, string | undefined>>;
  /** True, also when absent, to refuse a policy without `listen`. */
  readonly requireListen?: boolean;
  /** The host to compile a standalone executable for, which is not this one; `facts` then only name the caller. */
  readonly target?: Target;
}

/** One policy, as far as it came. Without a plan, a problem is an error. */
export interface LoadedService {
  /** The file, or the command line. */
  readonly file: string;
  /** The texts that the places of problems refer to, by the name of the file. */
  readonly texts: ReadonlyMap<string, string>;
  /** The part of the policy that the command line gives; undefined without flags. */
  readonly flags: PolicyDocument | undefined;
  readonly policy: Policy | undefined;
  readonly uid: number | undefined;
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Takes one policy from its source to its plan. */
export function loadService(source: PolicySource, options: LoadOptions): LoadedService {
  return planService(readService(source, options), options, []);
}

/** One policy as it is written, on the ports that it has here. The services of a launch know of each other's. */
export interface WrittenService extends Pick<LoadedService, 'file' | 'texts' | 'flags'> {
  readonly policy: Outcome<Policy>;
}

export function readService(source: PolicySource, options: LoadOptions): WrittenService {
  const { file, texts, flags, document } = readSource(source, options);
  const parsed = next(document, (written) => parse(written, file, options));
  return { file, texts, flags, policy: next(parsed, (policy) => movePorts(policy, options)) };
}

/**
 * Takes one policy to its plan, stage by stage. Each goes on with the result of the one before; where one stops, it also
 * looks for the problems that later ones would report.
 */
export function planService(
  { policy: written, ...about }: WrittenService,
  options: LoadOptions,
  servedPorts: readonly number[],
): LoadedService {
  const resolved = next(written, (policy) => resolve(policy, options));
  const compiled = next(resolved, (service) => compile({ ...planInput(service, options), servedPorts }));
  const policy = valueIn(written);
  const { diagnostics } = compiled;
  return {
    ...about,
    policy,
    uid: valueIn(resolved)?.identity.uid,
    plan: valueIn(compiled),
    diagnostics: policy === undefined ? diagnostics : acceptWarnings(policy, diagnostics),
  };
}

function parse(document: PolicyDocument, file: string, options: LoadOptions): Outcome<Policy> {
  const { requireListen = true } = options;
  const { policy, draft, seccomp, diagnostics } = parseDocument(document, file, { requireListen });
  if (policy !== undefined) return reached(policy, diagnostics);
  const found = draft === undefined ? [] : resolvePolicy(draft, resolveOptions(options)).diagnostics;
  // A note is about a policy that works.
  const onHost = found.filter(({ severity }) => severity !== 'note');
  const inFilter = seccomp === undefined ? [] : filterProblems(seccomp, options);
  return stopped([...diagnostics, ...onHost, ...inFilter]);
}

/** A launch without root on this host may not bind the ports of root. */
function movePorts(policy: Policy, { facts, unprivileged, target }: LoadOptions): Outcome<Policy> {
  if (!unprivileged || target !== undefined) return reached(policy);
  const moved = raisePorts(policy, facts.unprivilegedPortStart);
  return reached(moved.policy, moved.diagnostics);
}

/** A policy whose accounts, files and directories are there. */
interface ResolvedService extends Omit<ResolvedPolicy, 'identity' | 'diagnostics'> {
  readonly policy: Policy;
  readonly identity: Identity;
}

function resolve(policy: Policy, options: LoadOptions): Outcome<ResolvedService> {
  const { identity, diagnostics, ...found } = resolvePolicy(policy, resolveOptions(options));
  if (identity === undefined || hasErrors(acceptWarnings(policy, diagnostics)))
    return stopped([...diagnostics, ...filterProblems(policy.seccomp, options, policy)]);
  return reached({ ...found, policy, identity }, diagnostics);
}

function resolveOptions({ facts, unprivileged, caller, target }: LoadOptions): ResolveOptions {
  return { unprivileged, callerUid: facts.uid, environment: caller, target: target?.architecture };
}

/** The problems of the rules, where no plan is compiled that would report them. `policy`: the rest of it, when it is known. */
function filterProblems(
  seccomp: SeccompPolicy,
  { facts }: LoadOptions,
  policy?: Policy,
): readonly Diagnostic[] {
  return resolveFilter(seccomp, facts.architecture, policy).diagnostics;
}

/** Puts together the input of the plan: a wrapped program or a service, for this host or for another one. */
function planInput(service: ResolvedService, options: LoadOptions): PlanInput {
  const { facts, unprivileged, caller, target } = options;
  const { policy } = service;
  const wraps = policy.listen.length === 0;
  const input = { ...service, unprivileged, caller };
  const admission = (tryFilter: TryFilter): Admission => admissionOf(policy, facts.architecture, tryFilter);
  if (target === undefined)
    return { ...input, facts, shape: wraps ? 'wrap' : 'serve', admission: admission(tryHere(facts)) };
  const shape = wraps ? 'wrap' : 'standalone';
  const { kernel } = target;
  return {
    ...input,
    facts: targetFacts(policy, target),
    shape,
    kernel,
    admission: admission(assumedTry(target)),
  };
}

/** The launcher of these facts has raised the capability when it attaches a filter. A check by somebody else has not. */
function tryHere({ permitted }: HostFacts): TryFilter {
  return (program) => {
    const refusal = trySocketFilter(program);
    return refusal === 'EPERM' && isMetBy(permitted, FILTER_NEED) ? undefined : refusal;
  };
}

function compile(input: PlanInput): Outcome<Plan> {
  const { plan, diagnostics } = compilePlan(input);
  if (plan === undefined) return stopped(diagnostics);
  assertInvariants(plan);
  return reached(plan, diagnostics);
}
