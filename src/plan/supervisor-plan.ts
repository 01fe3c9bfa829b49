import type { Diagnostic } from '../policy/diagnostic.ts';
import { hasErrors } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { compileFilter, resolveFilter } from '../seccomp/index.ts';
import { PlanBuilder, value } from './builder.ts';
import { type DirectContract, descriptorsOf, type Pipes } from './contract.ts';
import { type HostFacts, type Identity, launcherOf } from './facts.ts';
import { proofProblems } from './filters/filter-claim.ts';
import { withExec } from './filters/gate-filter.ts';
import { GATE_DESCRIPTORS } from './gate-descriptors.ts';
import { type ExecGuard, mapsPageZero } from './launch-mode.ts';
import { isMetBy } from './need.ts';
import type { Plan } from './plan.ts';
import { startProgram } from './session.ts';
import { HeldPrivilege } from './steps/capabilities.ts';
import { environmentOf } from './steps/environment.ts';
import { enterDirectory, setUmask } from './steps/filesystem.ts';
import { assertIdentity, becomeUser, dropCapabilities, giveUpCapabilities } from './steps/identity.ts';
import { createRuleset, restrictSelf } from './steps/landlock.ts';
import { limitService, limitSession } from './steps/limits.ts';
import { loadFilter, setNoNewPrivileges } from './steps/load-filter.ts';
import { assertPageZeroIsClosed, fillPageZero, PAGE_ZERO_NEED } from './steps/page-zero.ts';
import { resetKeyring, resetSignalDispositions, unblockSignals } from './steps/reset.ts';

export interface SupervisorInput {
  readonly policy: Policy;
  readonly facts: HostFacts;
  /** `undefined`: the supervisor stays the caller, who has no privilege to give up. */
  readonly identity: Identity | undefined;
  /** The pipes to the gates: these descriptors and no others are kept beside 0, 1 and 2. */
  readonly pipes: { readonly first: number; readonly last: number };
  /** One of these descriptors that leads to the program itself, where the supervisor's user cannot reach its path. */
  readonly program?: number | undefined;
}

/** Failures of the launch are told to the first; the descriptor closes when the program starts. */
const { events: EVENTS_DESCRIPTOR, image: IMAGE_DESCRIPTOR } = GATE_DESCRIPTORS;

/** The plan by which the launcher replaces itself: same process, no privilege, no memory of what root had read. */
export function compileSupervisorPlan(input: SupervisorInput): {
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { policy, facts, identity } = input;
  const pipes: Pipes = { ...input.pipes, program: input.program };
  // Like rules alone: the supervisor is in the pid namespace of the host.
  const { filter, diagnostics } = resolveFilter(policy.seccomp, facts.architecture);
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };
  const guard = guardOf(input);
  const whole = withExec(filter, policy, guard.kind);
  const program = compileFilter(whole);
  const unproved = proofProblems(
    [{ about: 'the supervisor', filter: whole, programs: [program] }],
    policy.seccomp.span,
  );
  if (unproved.length > 0) return { plan: undefined, diagnostics: [...diagnostics, ...unproved] };
  const contract: DirectContract = {
    shape: 'direct',
    policy,
    facts,
    identity,
    interpreters: [],
    linkTargets: new Map(),
    unprivileged: false,
    caller: {},
    guard,
    programs: { outer: program, inner: undefined, session: undefined },
    pipes,
  };
  const builder = new PlanBuilder(facts.architecture, 'outer');
  const held = new HeldPrivilege(builder, facts.permitted);
  builder.enter('prepare', ['outer']);
  keepPipes(builder, pipes);
  resetSignalDispositions(builder);
  unblockSignals(builder);
  if (mapsPageZero(guard)) {
    held.hold(PAGE_ZERO_NEED);
    fillPageZero(builder, contract);
  }
  held.lower();
  if (facts.landlockAbi > 0) createRuleset(builder, policy, facts.landlockAbi);
  builder.enter('confine', ['outer']);
  resetKeyring(builder);
  enterDirectory(builder, policy);
  setUmask(builder, policy);
  limitService(builder, policy, facts);
  limitSession(builder, policy, facts);
  if (identity !== undefined) {
    becomeUser(builder, held, identity, policy, true);
    dropCapabilities(builder, policy, facts.permitted, false);
    assertIdentity(builder, identity, policy, facts, false);
  } else if (facts.permitted !== 0n) {
    giveUpCapabilities(builder, policy);
  }
  if (mapsPageZero(guard)) assertPageZeroIsClosed(builder);
  setNoNewPrivileges(builder, undefined);
  if (facts.landlockAbi > 0) restrictSelf(builder, policy);
  builder.call('close_range', [pipes.last + 1, value(0xffff_ffff, 'the last'), 0], {
    why: 'the ruleset and everything else',
  });
  loadFilter(builder, program, { why: 'the policy of the supervisor' });
  builder.verb({
    verb: 'env',
    variables: environmentOf(policy, {}),
    why: 'nothing is inherited',
    source: undefined,
  });
  startProgram(builder, contract);
  const plan: Plan = {
    service: policy.service,
    file: policy.file,
    architecture: facts.architecture,
    shape: contract.shape,
    kernel: undefined,
    launcher: launcherOf(facts),
    grants: { root: false, capabilities: 0n },
    accepted: new Map(),
    descriptors: descriptorsOf(contract),
    contract,
    steps: builder.steps,
  };
  return { plan, diagnostics };
}

/** A supervisor that root starts can map page 0, as long as it has what that takes. */
function guardOf({ facts, identity }: SupervisorInput): ExecGuard {
  const mayMap = identity !== undefined && isMetBy(facts.permitted, PAGE_ZERO_NEED);
  return { kind: mayMap ? 'page-zero' : 'none', callsFromPageZero: false };
}

function keepPipes(builder: PlanBuilder, { first, last, program }: Pipes): void {
  const why = 'pipes to the gates are all that is kept';
  builder.call('fcntl', [EVENTS_DESCRIPTOR, 'F_SETFD', 'FD_CLOEXEC'], {
    why: 'failures are told until the program starts',
  });
  builder.call('close_range', [EVENTS_DESCRIPTOR + 1, IMAGE_DESCRIPTOR - 1, 0], { why });
  builder.call('close_range', [IMAGE_DESCRIPTOR + 1, first - 1, 0], { why });
  builder.call('close_range', [last + 1, value(0xffff_ffff, 'the last'), 0], { why });
  if (program !== undefined)
    builder.call('fcntl', [program, 'F_SETFD', 'FD_CLOEXEC'], {
      why: 'the way to the program closes when it starts',
    });
}
