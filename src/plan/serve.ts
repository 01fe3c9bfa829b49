import { isDatagram } from '../policy/datagram.ts';
import type { PlanBuilder } from './builder.ts';
import type { GatedContract } from './contract.ts';
import { hasListener, namesPrograms } from './launch-mode.ts';
import { CONNECTION, LOG } from './session.ts';
import { sourceLimitsOf } from './source-limits.ts';
import type { Handoff, ServeStep } from './step.ts';
import { gateTable } from './steps/access-list.ts';
import { backlogOf, listenerSlot } from './steps/listener.ts';
import { datagramTerms } from './steps/peer-sockets.ts';
import { peerUsers } from './steps/peer-users.ts';

/** The step in which the inner gate stays: it accepts connections and forks sessions, within the limits of the policy. */
export function serve(builder: PlanBuilder, contract: GatedContract): void {
  const { policy, shape, guard, denials } = contract;
  const { limits } = policy;
  const handoff = shape === 'wrap' ? 'inherited' : policy.handoff;
  const { sessions, isTimed, connection, log } = termsOf(handoff, limits.sessions);
  builder.enter('confine', ['inner']);
  builder.verb({
    verb: 'serve',
    handoff,
    listeners: policy.listen.map((_, index) => listenerSlot(index)),
    backlog: policy.listen.some(isDatagram) ? 0 : Math.max(...policy.listen.map(backlogOf), 0),
    access: gateTable(contract.admission, policy),
    peerUsers: peerUsers(policy, contract.peerAccounts),
    sessions,
    ...sourceLimitsOf(limits, hasSessions(handoff)),
    datagrams: datagramTerms(policy, contract.servedPorts),
    timeMs: isTimed || policy.spans.has('limits.time') ? limits.timeMs : undefined,
    endSignal: limits.signal,
    graceMs: limits.graceMs,
    clientGoneMs: handoff === 'connection' ? limits.clientGoneMs : undefined,
    firstByteMs: handoff === 'connection' ? limits.firstByteMs : undefined,
    idleMs: hasSessions(handoff) ? limits.idleMs : undefined,
    drainMs: limits.drainMs,
    epoll: 'epoll',
    childSignal: 'child',
    connection,
    log: policy.stderr === 'log' ? log : undefined,
    notify: hasListener(contract) ? 'notify' : undefined,
    execAsks: guard.kind === 'notification',
    namesPrograms: namesPrograms(denials),
    localAddress: policy.handoff === 'connection',
    audits: denials.by === 'audit',
    why: 'accept, fork, reap; each connection runs what follows',
    source: policy.spans.get('limits'),
  });
}

/** Each connection or peer has a session of its own, which the gate admits. */
function hasSessions(handoff: Handoff): boolean {
  return handoff === 'connection' || handoff === 'peer';
}

interface Terms extends Pick<ServeStep, 'sessions' | 'connection' | 'log'> {
  /** The time of a session is limited, also where the policy names no limit. */
  readonly isTimed: boolean;
}

/** A service that accepts for itself, and a program that is wrapped, runs once and as long as it likes. */
function termsOf(handoff: Handoff, sessions: number): Terms {
  switch (handoff) {
    case 'connection':
    case 'peer':
      return { sessions, isTimed: true, connection: CONNECTION, log: LOG };
    case 'listener':
      return { sessions: 1, isTimed: false, connection: CONNECTION, log: LOG };
    case 'inherited':
      return { sessions: 1, isTimed: false, connection: undefined, log: undefined };
  }
}
