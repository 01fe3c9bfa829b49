import { isDatagram } from '../../policy/datagram.ts';
import { listenerSpan } from '../../policy/listener-span.ts';
import type { Rate } from '../../policy/schema/rate.ts';
import { type Contract, programPath } from '../contract.ts';
import { firstFree } from '../gate-descriptors.ts';
import { namesPrograms, type PlanShape } from '../launch-mode.ts';
import { CONNECTION, LOG } from '../session.ts';
import type { CallStep, Handoff, OuterTask, PassedSocket, Phase, Role, ServeStep, Step } from '../step.ts';
import { gateTable } from '../steps/access-list.ts';
import { backlogOf, listenerSlot } from '../steps/listener.ts';
import { ENTRY, PAGE_ZERO_PATH } from '../steps/page-zero.ts';
import { peerUsers } from '../steps/peer-users.ts';
import { processesOf } from './call-effect.ts';
import { wantedTerms } from './datagram-terms.ts';
import { environmentDifferences } from './environment.ts';
import type { Violation } from './violation.ts';

type Verb = Exclude<Step, CallStep>;

/** Differences between a step that is no system call and what the policy asks for. */
export function verbProblems(step: Verb, contract: Contract): readonly Violation[] {
  const { phase, roles } = placeOf(step, contract.shape);
  const isThere = step.phase === phase && step.roles.join() === roles.join();
  const wrong = [
    ...(isThere ? [] : [`${step.verb} is a step of ${phase}, and of the ${roles.join(' and ')} process`]),
    ...differences(step, contract),
  ];
  return wrong.map((message) => ({ invariant: 'service', message }));
}

function placeOf(step: Verb, shape: PlanShape): { readonly phase: Phase; readonly roles: readonly Role[] } {
  switch (step.verb) {
    case 'split':
    case 'queue':
    case 'mark':
    case 'inherit':
    case 'enter':
      return { phase: 'prepare', roles: ['outer'] };
    case 'serve':
      return { phase: 'confine', roles: ['inner'] };
    case 'env':
    case 'exec':
      return processesOf(shape).program;
  }
}

function differences(step: Verb, contract: Contract): readonly string[] {
  switch (step.verb) {
    case 'split':
      return step.outer === OUTER_TASKS[contract.shape] && step.audits === (contract.denials.by === 'audit')
        ? []
        : ['the outer gate has another task'];
    case 'queue':
    case 'mark':
      return [];
    case 'inherit':
      return same(step.sockets, wantedSockets(contract)) ? [] : ['the sockets that are passed are others'];
    case 'enter':
      return step.address === ENTRY ? [] : ['the calls of the gate come from another place'];
    case 'env':
      return environmentDifferences(step, contract);
    case 'serve':
      return serveDifferences(step, contract);
    case 'exec':
      return same([step.argv, pathOf(step.path)], [contract.policy.run, wantedPath(contract)])
        ? []
        : ['the program is another'];
  }
}

/** Each listener of the policy with a name, from the first free descriptor on. */
function wantedSockets({ policy }: Contract): readonly PassedSocket[] {
  const line = (index: number): number => listenerSpan(policy.spans, index, 'inherit')?.line ?? 0;
  return policy.listen
    .flatMap(({ inherit }, index) => (inherit === undefined ? [] : [{ name: inherit, line: line(index) }]))
    .map(({ name, line }, at) => ({ name, descriptor: firstFree(policy) + at, line }));
}

const OUTER_TASKS: Readonly<Record<PlanShape, OuterTask | undefined>> = {
  serve: 'wait',
  standalone: 'supervise',
  wrap: 'forward',
  direct: undefined,
};

/** Page 0 holds it, or the image. */
function wantedPath(contract: Contract): string | number {
  return contract.guard.kind === 'page-zero' ? PAGE_ZERO_PATH : `${programPath(contract)}\0`;
}

function pathOf(operand: Extract<Step, { verb: 'exec' }>['path']): string | number {
  switch (operand.kind) {
    case 'value':
      return Number(operand.value);
    case 'data':
      return new TextDecoder().decode(operand.data.bytes);
    case 'slot':
      return operand.slot;
  }
}

/** The number of sessions, and where each finds its socket and its log. */
const HANDOFFS: Readonly<
  Record<Handoff, Pick<ServeStep, 'connection' | 'log'> & { readonly isOne: boolean }>
> = {
  connection: { isOne: false, connection: CONNECTION, log: LOG },
  listener: { isOne: true, connection: CONNECTION, log: LOG },
  peer: { isOne: false, connection: CONNECTION, log: LOG },
  inherited: { isOne: true, connection: undefined, log: undefined },
};

/** Each connection or peer is judged by the gate. */
const ADMITS: Readonly<Record<Handoff, boolean>> = {
  connection: true,
  listener: false,
  peer: true,
  inherited: false,
};

function rateOf(handoff: Handoff, rate: Rate | undefined, burst: number): ServeStep['sourceRate'] {
  return !ADMITS[handoff] || rate === undefined ? undefined : { intervalNs: rate.intervalNs, burst };
}

/** Each field by itself, so that a problem names it. */
function serveDifferences(step: ServeStep, contract: Contract): readonly string[] {
  const { shape, policy, guard, denials } = contract;
  const { limits, spans } = policy;
  const handoff = shape === 'wrap' ? 'inherited' : policy.handoff;
  const { isOne, connection, log } = HANDOFFS[handoff];
  const isTimed = !isOne || spans.has('limits.time');
  const wanted: Omit<ServeStep, 'verb' | 'phase' | 'roles' | 'why' | 'source'> = {
    handoff,
    listeners: policy.listen.map((_, index) => listenerSlot(index)),
    backlog: policy.listen.some(isDatagram) ? 0 : Math.max(...policy.listen.map(backlogOf), 0),
    access: contract.shape === 'direct' ? undefined : gateTable(contract.admission, policy),
    peerUsers: contract.shape === 'direct' ? undefined : peerUsers(policy, contract.peerAccounts),
    sessions: isOne ? 1 : limits.sessions,
    perSource: limits.perSource ?? Math.max(1, Math.floor(limits.sessions / 4)),
    loopbackExempt: limits.perSource === undefined,
    sourceRate: rateOf(handoff, limits.rate, limits.burst),
    totalRate: rateOf(handoff, limits.totalRate, limits.totalBurst),
    penalties: ADMITS[handoff] ? limits.penalties : undefined,
    datagrams: contract.shape === 'direct' ? undefined : wantedTerms(contract),
    timeMs: isTimed ? limits.timeMs : undefined,
    endSignal: limits.signal,
    graceMs: limits.graceMs,
    clientGoneMs: handoff === 'connection' ? limits.clientGoneMs : undefined,
    firstByteMs: handoff === 'connection' ? limits.firstByteMs : undefined,
    idleMs: ADMITS[handoff] ? limits.idleMs : undefined,
    drainMs: limits.drainMs,
    epoll: 'epoll',
    childSignal: 'child',
    connection,
    log: policy.stderr === 'log' ? log : undefined,
    notify: guard.kind === 'notification' || denials.by === 'gate' ? 'notify' : undefined,
    execAsks: guard.kind === 'notification',
    namesPrograms: namesPrograms(denials),
    localAddress: policy.handoff === 'connection',
    audits: denials.by === 'audit',
  };
  return Object.entries(wanted)
    .filter(([field, value]) => !same(step[field as keyof ServeStep], value))
    .map(([field]) => `${field} is not what the policy says`);
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
