import { constants } from 'node:os';
import { errnoText } from '../kernel/errno.ts';
import type { SupervisedService } from './assignment.ts';
import type { AnsweredEvent, DeniedEvent, ExplainedCall } from './explainer.ts';
import { failureHelp } from './failure-help.ts';
import type { ServiceEvent } from './service-event.ts';

/**
 * Returns an event with its time and the fields that the gate does not know. It makes one copy, since events are
 * frequent.
 */
export function describeEvent(
  event: ServiceEvent,
  service: SupervisedService,
  time: string,
  denial?: ExplainedCall,
): Readonly<Record<string, unknown>> {
  return Object.assign(
    { time, event: event.event, service: service.service },
    event,
    denial === undefined ? addedFields(event, service) : { ...denial.fields },
  );
}

/** Names for numbers, the step's text and line; most events need none. */
function addedFields(
  event: ServiceEvent,
  service: SupervisedService,
): Readonly<Record<string, unknown>> | undefined {
  switch (event.event) {
    case 'end':
      return event.signal === undefined ? undefined : { signal_name: signalName(event.signal) };
    case 'failed': {
      const step = service.steps[String(event.step)];
      return {
        errno: event.result < 0 ? errnoText(-event.result) : undefined,
        text: step?.text,
        file: step?.file ?? service.file,
        line: step?.line,
      };
    }
    case 'paused':
    case 'listener-lost':
    case 'kill-failed':
      return { errno_name: errnoText(event.errno) };
    default:
      return undefined;
  }
}

/** One event for people, without time and service: one line, and of a denied call that is explained a second one. */
export function eventText(event: ServiceEvent, service: SupervisedService, denial?: ExplainedCall): string {
  switch (event.event) {
    case 'ready':
      return `listening on ${service.listen.join(', ')}`;
    case 'start':
      return `session ${event.session} from ${peerText(event)}`;
    case 'end':
      return `session ${event.session} ended: ${outcomeText(event)}, ${durationText(event.duration_us)}, cpu ${durationText(event.cpu_us)}, ${event.memory_kb} KB`;
    case 'refused':
      return `refused ${refusedText(event, service)}: ${event.reason}`;
    case 'penalty':
      return `${event.source} is refused for ${durationText(event.ms * 1000)}: ${penaltyText(event.cause)} (session ${event.session})`;
    case 'exec-refused':
      return `session ${event.session ?? '?'} (pid ${event.pid}) was refused a second exec`;
    case 'denied':
      return deniedText(event, denial);
    case 'denied-more':
      return moreText(event);
    case 'answered':
      return answeredText(event, denial);
    case 'answered-more':
      return `${event.count} more answers that were told before, or too many in a second`;
    case 'recorder-failed':
      return `no recorder: ${event.reason}: ${errnoText(event.errno)}`;
    case 'kill-failed':
      return `process ${event.pid} made a call that is denied (${event.call}) and cannot be killed: ${errnoText(event.errno)}; everything ends`;
    case 'failed':
      return failureText(event, service);
    case 'refused-image':
      return `the gate refused its image: ${event.reason}`;
    case 'paused':
      return `accepting pauses for 100 ms: ${errnoText(event.errno)}`;
    case 'start-delayed':
      return `the service ended within a second of its start, its client waits (${event.ends} in a row): started again in ${event.pause_ms} ms`;
    case 'listener-lost':
      return `the listener cannot be used again: ${errnoText(event.errno)}`;
    case 'draining':
      return `no new connections; ${event.sessions} sessions are open`;
    case 'stopped':
      return 'stopped';
    case 'lost':
      return 'the gate ended unexpectedly or was killed';
    case 'dropped':
      return `${event.count} events or pieces of log were dropped: the reader was too slow, or there were more than are relayed`;
  }
}

function deniedText(
  { session, pid, program, call, args }: DeniedEvent,
  denial: ExplainedCall | undefined,
): string {
  const process = pid === undefined ? 'a process that is gone' : `process ${pid}`;
  const who = session === undefined ? process : `session ${session}`;
  const given = args === undefined ? '' : `(${args.join(', ')})`;
  const where = program === undefined ? '' : ` in ${program}`;
  return denial === undefined
    ? `${who}: denied call ${call}${given}${where}`
    : `${who}: denied ${denial.called}${where}\n${denial.reason}`;
}

/** The last fields are those of the supervisor, which has the names. */
function answeredText(
  { session, pid, program, call, args, errno }: AnsweredEvent,
  explained: ExplainedCall | undefined,
): string {
  const who = session === undefined ? `process ${pid}` : `session ${session}`;
  const where = program === undefined ? '' : ` in ${program}`;
  return explained === undefined
    ? `${who}: call ${call}(${args.join(', ')})${where}: ${errnoText(errno)}`
    : `${who}: ${explained.called}${where}: ${errnoText(errno)}\n${explained.reason}`;
}

function peerText(event: Extract<ServiceEvent, { event: 'start' | 'refused' }>): string {
  if (event.uid !== undefined) return `user ${event.uid} (group ${event.gid})`;
  if (event.peer === undefined) return 'the listener';
  return event.peer.includes(':') ? `[${event.peer}]:${event.port}` : `${event.peer}:${event.port}`;
}

/** One by its port, several by their address; the gate has no more addresses than it can keep apart. */
function refusedText(
  event: Extract<ServiceEvent, { event: 'refused' }>,
  { listen }: SupervisedService,
): string {
  const isKnown = event.peer !== undefined || event.uid !== undefined;
  if (event.count === 1 && isKnown) return peerText(event);
  if (event.uid !== undefined) return `${event.count} connections of user ${event.uid}`;
  const what = listen.every((address) => address.startsWith('udp')) ? 'datagrams' : 'connections';
  return `${event.count} ${what} of ${event.peer ?? 'other addresses'}`;
}

function penaltyText(cause: Extract<ServiceEvent, { event: 'penalty' }>['cause']): string {
  switch (cause) {
    case 'crash':
      return 'a signal ended its session';
    case 'filter':
      return 'its session made a denied call';
    case 'time':
      return "its session's time was up";
    case 'first-byte':
      return 'it sent nothing';
    case 'idle':
      return 'nothing was sent in its session any more';
    case 'status':
      return 'its session ended with a status that has a penalty';
  }
}

function moreText({ count, gone, lost }: Extract<ServiceEvent, { event: 'denied-more' }>): string {
  const taken = gone === 0 ? '' : `; ${gone} that a signal interrupted before the gate looked`;
  const missed = lost === undefined ? '' : '; the audit lost others, of this service or of the host';
  return `${count} more denied calls in this second${taken}${missed}`;
}

function outcomeText(event: Extract<ServiceEvent, { event: 'end' }>): string {
  const how = event.signal === undefined ? `status ${event.status}` : killedText(event.signal);
  const reason = reasonText(event.cause);
  if (reason === undefined) return how;
  return event.ended_by === undefined ? `${how}, ${reason}` : `${how}, ${reason} (${event.ended_by})`;
}

function reasonText(cause: Extract<ServiceEvent, { event: 'end' }>['cause']): string | undefined {
  switch (cause) {
    case 'exit':
      return undefined;
    case 'time':
      return 'its time was up';
    case 'client-gone':
      return 'its client had gone';
    case 'first-byte':
      return 'its client had sent nothing';
    case 'idle':
      return 'nothing was sent any more';
    case 'stop':
      return 'the service stops';
  }
}

/** A filter that kills leaves no message, so the text names the place to look. */
function killedText(signal: number): string {
  const name = signalName(signal);
  return name === 'SIGSYS'
    ? 'SIGSYS, a system call that the policy forbids (its number: kernel log, type=1326)'
    : name;
}

/** A step that failed, with the errno and the line to change. */
export function failureText(
  event: Extract<ServiceEvent, { event: 'failed' }>,
  service: SupervisedService,
): string {
  const step = service.steps[String(event.step)];
  const answer = event.result < 0 ? errnoText(-event.result) : `answered ${event.result}`;
  const session = event.session === undefined ? '' : `session ${event.session}: `;
  const file = step?.file ?? service.file;
  const where = step?.line === undefined ? file : `${file}:${step.line}`;
  const help = failureHelp(event.call, answer);
  return `${session}step ${event.step} failed: ${step?.text ?? event.call}: ${answer} (${where})${help === undefined ? '' : `; ${help}`}`;
}

/** Microseconds as a person reads them. */
export function durationText(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds} us`;
  if (microseconds < 1_000_000) return `${(microseconds / 1000).toFixed(1)} ms`;
  return `${(microseconds / 1_000_000).toFixed(1)} s`;
}

export function signalName(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
}
