import { writeSync } from 'node:fs';
import type { LogLine } from '../gate-protocol/log-frames.ts';
import type { Assignment, SupervisedService } from './assignment.ts';
import { describeEvent, eventText } from './event-text.ts';
import type { ExplainedCall, Explainer } from './explainer.ts';
import type { ServiceEvent } from './service-event.ts';

/** The output of a supervisor: JSON for programs, text for people. */
export interface Output {
  event(service: SupervisedService, event: ServiceEvent): void;
  log(service: SupervisedService, line: LogLine): void;
}

/** A second line of an event stands below its service. */
const BELOW = `\n${' '.repeat('12:00:00.000 '.length)}`;
const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';

/** `write` gets whole lines; `explainer` is made when the first call is denied. */
export function createOutput(
  assignment: Assignment,
  write: (line: string) => void,
  now: () => Date,
  explainer?: () => Explainer,
): Output {
  const explain = calls(explainer);
  if (assignment.format === 'json') {
    const time = stamps(now);
    const put = (fields: Readonly<Record<string, unknown>>): void => write(`${JSON.stringify(fields)}\n`);
    return {
      event: (service, event) => put(describeEvent(event, service, time(), explain(service, event))),
      log: ({ service }, { session, text }) => put({ time: time(), event: 'log', service, session, text }),
    };
  }
  const put = (service: SupervisedService, text: string): void => {
    const time = now().toISOString().slice(11, 23);
    const head = assignment.color ? `${DIM}${time}${PLAIN} ${service.service}` : `${time} ${service.service}`;
    write(`${head}: ${text.replaceAll('\n', BELOW)}\n`);
  };
  return {
    event: (service, event) => put(service, eventText(event, service, explain(service, event))),
    log: (service, line) => put(service, `session ${line.session} | ${line.text}`),
  };
}

/** Explains denied calls and answers, and says nothing about other events. */
function calls(
  explainer: (() => Explainer) | undefined,
): (service: SupervisedService, event: ServiceEvent) => ExplainedCall | undefined {
  let made: Explainer | undefined;
  return ({ rules, facts }, event) => {
    if (rules === undefined || explainer === undefined) return undefined;
    if (event.event === 'denied') {
      made ??= explainer();
      return made.explain(event, rules);
    }
    if (event.event === 'answered' && facts !== undefined) {
      made ??= explainer();
      return made.explainAnswered(event, rules, facts);
    }
    return undefined;
  };
}

/** The time as text. Events come many at once, and most of a batch fall into one millisecond. */
function stamps(now: () => Date): () => string {
  let last: Date | undefined;
  let text = '';
  return () => {
    const time = now();
    if (time.getTime() !== last?.getTime()) text = time.toISOString();
    last = time;
    return text;
  };
}

/** Writes all of it: a pipe that Node has set to non-blocking may take only a part at a time. */
export function writeAll(descriptor: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
