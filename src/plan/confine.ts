import { type CallOptions, NOT_NEGATIVE, type PlanBuilder } from './builder.ts';
import type { GatedContract } from './contract.ts';
import { allCapabilities } from './facts.ts';
import { hasListener, isUnattended, mapsPageZero } from './launch-mode.ts';
import { HeldPrivilege } from './steps/capabilities.ts';
import { closedInOuter, outerTask, partWays } from './steps/detach.ts';
import { enterDirectory, findProgram, setUmask } from './steps/filesystem.ts';
import { assertIdentity, becomeUser, dropCapabilities } from './steps/identity.ts';
import { restrictSelf } from './steps/landlock.ts';
import { limitService } from './steps/limits.ts';
import { listenerFlags, loadFilter, setNoNewPrivileges } from './steps/load-filter.ts';
import { mountProc, PROC_NEED } from './steps/namespaces.ts';
import { assertPageZeroIsClosed } from './steps/page-zero.ts';
import { resetKeyring } from './steps/reset.ts';

/** The second phase: both gates give up their privilege for good, and the filter is the last step. */
export function confine(builder: PlanBuilder, contract: GatedContract): void {
  const { policy, facts, identity, unprivileged, shape, guard, programs } = contract;
  builder.enter('confine', ['outer', 'inner']);
  if (isUnattended(shape)) partWays(builder, shape);
  const permitted = unprivileged ? allCapabilities(facts) : facts.permitted;
  const held = new HeldPrivilege(builder, permitted);
  if (policy.root === undefined) {
    held.hold(PROC_NEED, undefined, ['inner']);
    mountProc(builder, policy);
  }
  resetKeyring(builder);
  enterDirectory(builder, policy);
  setUmask(builder, policy);
  limitService(builder, policy, facts);
  becomeUser(builder, held, identity, policy, !unprivileged);
  dropCapabilities(builder, policy, permitted, identity.uid === 0);
  assertIdentity(builder, identity, policy, facts, unprivileged);
  if (mapsPageZero(guard)) assertPageZeroIsClosed(builder);
  if (isUnattended(shape)) findProgram(builder, policy, contract.interpreters);
  builder.call('prctl', ['PR_SET_PDEATHSIG', 'SIGKILL', 0, 0, 0], {
    why: 'a process that loses its parent ends',
    roles: shape === 'serve' ? builder.roles : ['inner'],
  });
  builder.call('prctl', ['PR_SET_DUMPABLE', 0, 0, 0, 0], {
    why: 'no process of the same user reads or traces the gate',
  });
  builder.call('prctl', ['PR_GET_DUMPABLE', 0, 0, 0, 0], { why: 'read back' });
  setNoNewPrivileges(builder, undefined);
  if (facts.landlockAbi > 0) restrictSelf(builder, policy);
  for (const [from, to] of closedInOuter(contract))
    builder.call('close_range', [from, to, 0], {
      why: 'its events, and the pipe whose end stops the inner gate',
      roles: ['outer'],
    });
  loadFilter(builder, programs.outer, {
    why:
      outerTask(shape) === 'wait' ? 'the outer gate only waits' : `the outer gate has to ${outerTask(shape)}`,
    roles: ['outer'],
  });
  loadFilter(builder, programs.inner, {
    source: policy.spans.get('seccomp'),
    roles: ['inner'],
    ...asksOf(contract),
  });
}

/** Returns the options of the filter. One that asks the gate about a call also returns the descriptor for that. */
function asksOf(contract: GatedContract): CallOptions & { readonly flags?: string } {
  const { guard, denials, facts } = contract;
  const why = 'the policy and the calls of the gate';
  if (!hasListener(contract)) return { why };
  const asking = [
    ...(guard.kind === 'notification' ? ['an exec'] : []),
    ...(denials.by === 'gate' ? ['a denied call'] : []),
  ];
  return {
    why: `${why}; ${asking.join(' or ')} asks the gate`,
    flags: listenerFlags(facts),
    expect: NOT_NEGATIVE,
    store: 'notify',
  };
}
