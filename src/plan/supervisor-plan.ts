import type { Diagnostic } from '../policy/diagnostic.ts';
import { hasErrors } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { compileFilter, resolveFilter } from '../seccomp/index.ts';
import { PlanBuilder, value } from './builder.ts';
import { type Pipes, programPath } from './contract.ts';
import { type HostFacts, type Identity, launcherOf } from './facts.ts';
import { proofProblems } from './filters/filter-claim.ts';
import { type ExecGuard, withExec } from './filters/gate-filter.ts';
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

/** Failures of the launch are told here; the descriptor closes when the program starts. */
const EVENTS_DESCRIPTOR = 3;
const IMAGE_DESCRIPTOR = 6;

/** The plan by which the launcher replaces itself: same process, no privilege, no memory of what root had read. */
export function compileSupervisorPlan(input: SupervisorInput): {
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { policy, facts, identity } = input;
  const pipes: Pipes = { ...input.pipes, program: input.program };
  const path = programPath({ policy, pipes });
  const { filter, diagnostics } = resolveFilter(policy.seccomp, facts.architecture, policy);
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };
  const guard: ExecGuard =
    identity !== undefined && isMetBy(facts.permitted, PAGE_ZERO_NEED) ? 'page-zero' : 'none';
  const whole = withExec(filter, policy, guard);
  const program = compileFilter(whole);
  const unproved = proofProblems(
    [{ about: 'the supervisor', filter: whole, programs: [program] }],
    policy.seccomp.span,
  );
  if (unproved.length > 0) return { plan: undefined, diagnostics: [...diagnostics, ...unproved] };
  const builder = new PlanBuilder(facts.architecture, 'outer');
  const held = new HeldPrivilege(builder, facts.permitted);
  builder.enter('prepare', ['outer']);
  keepPipes(builder, input);
  resetSignalDispositions(builder);
  unblockSignals(builder);
  if (guard === 'page-zero') {
    held.hold(PAGE_ZERO_NEED);
    fillPageZero(builder, path, policy);
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
  if (guard === 'page-zero') assertPageZeroIsClosed(builder);
  setNoNewPrivileges(builder, undefined);
  if (facts.landlockAbi > 0) restrictSelf(builder, policy);
  builder.call('close_range', [input.pipes.last + 1, value(0xffff_ffff, 'the last'), 0], {
    why: 'the ruleset and everything else',
  });
  loadFilter(builder, program, { why: 'the policy of the supervisor' });
  builder.verb({
    verb: 'env',
    variables: environmentOf(policy, {}),
    why: 'nothing is inherited',
    source: undefined,
  });
  startProgram(builder, policy, guard, path);
  const plan: Plan = {
    service: policy.service,
    file: policy.file,
    architecture: facts.architecture,
    shape: 'direct',
    kernel: undefined,
    launcher: launcherOf(facts),
    grants: { root: false, capabilities: 0n },
    accepted: new Map(),
    descriptors: [0, 1, 2, input.pipes.last],
    contract: {
      shape: 'direct',
      policy,
      facts,
      identity,
      interpreters: [],
      linkTargets: new Map(),
      unprivileged: false,
      caller: {},
      guard,
      callsFromPageZero: false,
      programs: { outer: program, inner: undefined, session: undefined },
      pipes,
    },
    steps: builder.steps,
  };
  return { plan, diagnostics };
}

function keepPipes(builder: PlanBuilder, { pipes, program }: SupervisorInput): void {
  const why = 'pipes to the gates are all that is kept';
  builder.call('fcntl', [EVENTS_DESCRIPTOR, 'F_SETFD', 'FD_CLOEXEC'], {
    why: 'failures are told until the program starts',
  });
  builder.call('close_range', [EVENTS_DESCRIPTOR + 1, IMAGE_DESCRIPTOR - 1, 0], { why });
  builder.call('close_range', [IMAGE_DESCRIPTOR + 1, pipes.first - 1, 0], { why });
  builder.call('close_range', [pipes.last + 1, value(0xffff_ffff, 'the last'), 0], { why });
  if (program !== undefined)
    builder.call('fcntl', [program, 'F_SETFD', 'FD_CLOEXEC'], {
      why: 'the way to the program closes when it starts',
    });
}
