import type { PlanBuilder } from './builder.ts';
import type { GatedContract } from './contract.ts';
import { allCapabilities } from './facts.ts';
import { isUnattended, mapsPageZero } from './launch-mode.ts';
import { isNeeded } from './need.ts';
import { openWatchers } from './session.ts';
import { AUDIT_NEED, hearAudit, markSession, takeAuditNumbers } from './steps/audit.ts';
import { HeldPrivilege } from './steps/capabilities.ts';
import { asksForTimes, openTimes } from './steps/connection-times.ts';
import { detach, hearSignals, outerTask } from './steps/detach.ts';
import { enterRoot, ROOT_NEED } from './steps/filesystem.ts';
import { assertUnused, hasOwnUser } from './steps/identity.ts';
import { findInherited } from './steps/inherited-sockets.ts';
import { createRuleset } from './steps/landlock.ts';
import { limitGate } from './steps/limits.ts';
import { bringLoopbackUp, LOOPBACK_NEED } from './steps/loopback.ts';
import { NAMESPACE_NEED, refuseRoot, unshareNamespaces, unshareUser } from './steps/namespaces.ts';
import { fillPageZero, PAGE_ZERO_NEED } from './steps/page-zero.ts';
import { lookIntoQueues, refuseDescriptors } from './steps/received-descriptors.ts';
import { resetScheduling } from './steps/reset.ts';
import { openSockets } from './steps/sockets.ts';
import { allowTerminals, mountTerminals } from './steps/terminals.ts';
import { MOUNT_NEED, mountWritable } from './steps/writable.ts';
import { writePlaces } from './steps/write-places.ts';

/** The first phase: the steps that need the caller's privilege, each with only the capability that it needs. */
export function prepare(builder: PlanBuilder, contract: GatedContract): void {
  const { policy, facts, identity, shape, guard, denials, unprivileged } = contract;
  builder.enter('prepare', ['outer']);
  const audits = denials.by === 'audit';
  findInherited(builder, contract);
  if (audits) markSession(builder, policy);
  detach(builder, shape, policy);
  if (audits) takeAuditNumbers(builder);
  if (hasOwnUser(contract)) assertUnused(builder, identity, policy);
  const caller = new HeldPrivilege(builder, facts.permitted);
  if (audits) {
    caller.hold(AUDIT_NEED, policy.seccomp.reportSpan);
    hearAudit(builder, policy);
  }
  if (asksForTimes(policy, shape)) openTimes(builder, policy);
  openSockets(builder, contract, caller);
  if (shape === 'wrap') refuseDescriptors(builder, facts);
  openWatchers(builder);
  if (isUnattended(shape)) hearSignals(builder, shape);
  limitGate(builder, policy, facts);
  resetScheduling(builder, caller, facts);
  if (shape === 'wrap') lookIntoQueues(builder);
  if (unprivileged && shape !== 'serve') refuseRoot(builder);
  if (unprivileged) unshareUser(builder, identity);
  const held = unprivileged ? new HeldPrivilege(builder, allCapabilities(facts)) : caller;
  held.hold(NAMESPACE_NEED);
  unshareNamespaces(builder, policy);
  if (isNeeded(LOOPBACK_NEED, policy, facts)) {
    held.hold(LOOPBACK_NEED, policy.spans.get('network'));
    bringLoopbackUp(builder, policy);
  }
  if (policy.root !== undefined) {
    held.hold(ROOT_NEED, policy.spans.get('root'));
    enterRoot(builder, policy.root, policy);
  }
  if (mapsPageZero(guard)) {
    held.hold(PAGE_ZERO_NEED, policy.spans.get('exec'));
    fillPageZero(builder, contract);
  }
  if (facts.landlockAbi > 0) {
    held.lower();
    createRuleset(builder, policy, facts.landlockAbi);
  }
  if (isNeeded(MOUNT_NEED, policy, facts)) {
    const places = writePlaces(policy, contract.linkTargets);
    held.hold(MOUNT_NEED, places[0]?.source ?? policy.spans.get('terminals'));
    for (const place of places) mountWritable(builder, place, facts.landlockAbi);
    if (policy.terminals) mountTerminals(builder, policy);
  }
  held.lower();
  if (policy.terminals && facts.landlockAbi > 0) allowTerminals(builder, policy, facts.landlockAbi);
  builder.verb({
    verb: 'split',
    outer: outerTask(shape),
    audits,
    why: "the gate that accepts, first process of the service's pid namespace",
    source: undefined,
  });
}
