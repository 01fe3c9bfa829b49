import type { Policy } from '../policy/policy.ts';
import type { PlanBuilder } from './builder.ts';
import type { GatedContract } from './contract.ts';
import { allCapabilities, type HostFacts } from './facts.ts';
import { isUnattended, mapsPageZero } from './launch-mode.ts';
import { openWatchers } from './session.ts';
import { HeldPrivilege } from './steps/capabilities.ts';
import { detach, hearSignals, outerTask } from './steps/detach.ts';
import { enterRoot } from './steps/filesystem.ts';
import { createRuleset } from './steps/landlock.ts';
import { limitGate } from './steps/limits.ts';
import { refuseRoot, unshareNamespaces, unshareUser } from './steps/namespaces.ts';
import { fillPageZero } from './steps/page-zero.ts';
import { lookIntoQueues, refuseDescriptors } from './steps/received-descriptors.ts';
import { resetScheduling } from './steps/reset.ts';
import { openSockets, privilegedPort } from './steps/sockets.ts';
import { mountWritable } from './steps/writable.ts';
import { writePlaces } from './steps/write-places.ts';

/** The first phase: what takes the caller's privilege, each step with the capability that it needs and no other. */
export function prepare(builder: PlanBuilder, contract: GatedContract): void {
  const { policy, facts, identity, shape, guard, unprivileged } = contract;
  builder.enter('prepare', ['outer']);
  detach(builder, shape);
  const caller = new HeldPrivilege(builder, facts.permitted);
  caller.hold(
    privilegedPorts(policy, facts) ? ['CAP_NET_BIND_SERVICE'] : [],
    'all that the sockets need',
    policy.spans.get('listen'),
  );
  openSockets(builder, policy);
  if (shape === 'wrap') refuseDescriptors(builder, facts);
  openWatchers(builder);
  if (isUnattended(shape)) hearSignals(builder, shape);
  limitGate(builder, policy, facts);
  resetScheduling(builder, caller, facts);
  if (shape === 'wrap') lookIntoQueues(builder);
  if (unprivileged && shape !== 'serve') refuseRoot(builder);
  if (unprivileged) unshareUser(builder, identity);
  const held = unprivileged ? new HeldPrivilege(builder, allCapabilities(facts)) : caller;
  held.hold(['CAP_SYS_ADMIN'], 'to make namespaces');
  unshareNamespaces(builder, policy);
  if (policy.root !== undefined) {
    held.hold(['CAP_SYS_CHROOT'], 'to change the root', policy.spans.get('root'));
    enterRoot(builder, policy.root, policy);
  }
  if (mapsPageZero(guard)) {
    held.hold(['CAP_SYS_RAWIO'], 'to map page 0', policy.spans.get('exec'));
    fillPageZero(builder, contract);
  }
  if (facts.landlockAbi > 0) {
    held.hold([], 'nothing more is needed for now');
    createRuleset(builder, policy, facts.landlockAbi);
  }
  const places = writePlaces(policy, contract.linkTargets);
  if (places.length > 0) {
    held.hold(['CAP_SYS_ADMIN'], 'to mount what the service may write to', places[0]?.source);
    for (const place of places) mountWritable(builder, place, facts.landlockAbi);
  }
  held.hold([], 'nothing more is needed for now');
  builder.verb({
    verb: 'split',
    outer: outerTask(shape),
    why: "the gate that accepts, first process of the service's pid namespace",
    source: undefined,
  });
}

function privilegedPorts(policy: Policy, facts: HostFacts): boolean {
  return policy.listen.some((address) => privilegedPort(address, facts.unprivilegedPortStart) !== undefined);
}
