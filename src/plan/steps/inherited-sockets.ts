import { listenerSpan } from '../../policy/listener-span.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, equal, NOT_NEGATIVE, slot, value } from '../builder.ts';
import type { GatedContract } from '../contract.ts';
import { structData } from '../data.ts';
import { firstFree, PEER_DESCRIPTOR } from '../gate-descriptors.ts';
import { type InheritedListener, inheritedListeners, inheritedRange } from '../inherited.ts';
import { checkSocket } from './check-socket.ts';
import { listenerSlot } from './listener.ts';
import { tellAddresses } from './peer-sockets.ts';
import { refuseOnSocket } from './received-descriptors.ts';

const OFF = structData([[4, 0]]);

/** The first step of a gate that the starter itself executes: it finds its sockets by their names. */
export function findInherited(builder: PlanBuilder, { policy, shape }: GatedContract): void {
  const listeners = inheritedListeners(policy);
  if (shape !== 'standalone' || listeners.length === 0) return;
  builder.verb({
    verb: 'inherit',
    sockets: listeners.map(({ index, name, descriptor }) => ({
      name,
      descriptor,
      line: listenerSpan(policy.spans, index, 'inherit')?.line ?? 0,
    })),
    why: 'the sockets that are passed, each by its name',
    source: policy.spans.get('listen'),
  });
}

/** In place of socket, bind and listen: each socket that is passed is taken and checked. */
export function takeInherited(builder: PlanBuilder, contract: GatedContract): void {
  const range = inheritedRange(contract.policy);
  if (range === undefined) return;
  const listeners = inheritedListeners(contract.policy);
  for (const listener of listeners) takeSocket(builder, contract, listener);
  builder.call('close_range', [...range, 0], {
    why: 'the numbers under which they were passed',
    source: contract.policy.spans.get('listen'),
  });
}

/** The starter's copy keeps its own numbers; whether a call blocks is a property of the socket itself. */
function takeSocket(
  builder: PlanBuilder,
  { policy, facts }: GatedContract,
  { index, address, name, descriptor }: InheritedListener,
): void {
  const source = listenerSpan(policy.spans, index, 'inherit');
  const [fd, stored] = [slot(listenerSlot(index)), listenerSlot(index)];
  const passed = value(descriptor, `passed as ${name}`);
  const why = `the socket for ${address.text}`;
  if (policy.handoff === 'peer') {
    const number = PEER_DESCRIPTOR + index;
    const expect = equal(number);
    builder.call('dup3', [passed, number, 'O_CLOEXEC'], { why, source, expect, store: stored });
  } else {
    const expect = NOT_NEGATIVE;
    builder.call('fcntl', [passed, 'F_DUPFD_CLOEXEC', firstFree(policy)], {
      why,
      source,
      expect,
      store: stored,
    });
  }
  checkSocket(builder, stored, address, source);
  const [flags, waits] =
    policy.handoff === 'listener'
      ? ['O_RDWR', 'a service that accepts for itself waits']
      : ['O_RDWR|O_NONBLOCK', 'the gate never waits for a client that is gone'];
  builder.call('fcntl', [fd, 'F_SETFL', flags], { why: waits, source });
  switch (address.kind) {
    case 'tcp':
      break;
    case 'udp':
      builder.call('setsockopt', [fd, 'SOL_SOCKET', 'SO_REUSEADDR', data(OFF, '0'), 4], {
        why: 'nobody else takes the port',
        source,
      });
      if (policy.handoff === 'peer') tellAddresses(builder, address, index, source);
      break;
    case 'unix':
      if (!address.receivesDescriptors) refuseOnSocket(builder, stored, facts, source);
  }
}
