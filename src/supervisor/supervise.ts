import { closeSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { ORDERS } from '../gate-protocol/descriptors.ts';
import { type GateEvent, GateLines } from '../gate-protocol/gate-event.ts';
import { LogFrames } from '../gate-protocol/log-frames.ts';
import type { Assignment, SupervisedService } from './assignment.ts';
import { loadExplainer } from './load-explainer.ts';
import { createOutput, type Output } from './output.ts';
import { openPipe, PipeFlow } from './pipe-flow.ts';
import { openErrors, openSink } from './sink.ts';

/** The exit code after SIGTERM or SIGINT; a gate that ends by itself is a failure. */
const EXIT_STOPPED = 0;
const EXIT_GATE_LOST = 1;
/** The output has lost its reader: the services end rather than run unheard. */
const EXIT_UNHEARD = 1;

/**
 * Looks after gates until all have ended: prints their events, passes on SIGTERM and SIGINT. The process exits when
 * the last events pipe ends. A gate that ends by itself ends the others too, so that the service manager sees it
 * and starts portcullis again: no process here has the privilege to.
 */
export function supervise(assignment: Assignment): void {
  let stopping = false;
  const pipes = new PipeFlow();
  const sink = openSink(1, {
    // A reader that is behind holds up the gates' pipes: a gate never waits, it counts the dropped events.
    behind: () => pipes.hold(!stopping),
    caughtUp: () => pipes.hold(false),
    broken: () => process.exit(EXIT_UNHEARD),
  });
  const output = announcing(
    createOutput(
      assignment,
      sink.write,
      () => new Date(),
      () => loadExplainer(assignment.explainer),
    ),
  );
  const living = new Set(assignment.services);
  let status = EXIT_STOPPED;
  const order = (what: string): void => {
    for (const service of living) sendOrder(service, what);
  };
  const stop = (): void => {
    order(stopping ? ORDERS.stop : ORDERS.drain);
    stopping = true;
    pipes.hold(false);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  for (const service of assignment.services) {
    const ended = (): void => {
      living.delete(service);
      if (!stopping) status = EXIT_GATE_LOST;
      if (living.size === 0) sink.end(() => process.exit(status));
      else if (!stopping) stop();
    };
    for (const pipe of watch(service, output, ended)) pipes.add(pipe);
  }
  order(ORDERS.go);
}

/** Says on standard error as well that a service is ready. */
function announcing(output: Output): Output {
  const say = openErrors(() => process.stderr);
  return {
    event: (service, event) => {
      if (event.event === 'ready') for (const line of service.announcement) say(`${line}\n`);
      output.event(service, event);
    },
    log: (service, line) => output.log(service, line),
  };
}

function sendOrder(service: SupervisedService, order: string): void {
  try {
    writeSync(service.control, order);
  } catch {
    // The end of its events pipe shows that the gate has ended.
  }
}

/**
 * Calls `ended` once, when the gate and every process that held its events pipe are gone. Returns the pipes that it
 * reads.
 */
function watch(service: SupervisedService, output: Output, ended: () => void): readonly Socket[] {
  const frames = new LogFrames();
  const lines = new GateLines();
  let stopped = false;
  const tell = (event: GateEvent): void => {
    if (event.event === 'end') for (const line of frames.finish(event.session)) output.log(service, line);
    if (event.event === 'stopped') stopped = true;
    output.event(service, event);
  };
  const log = openPipe(service.log, (bytes) => {
    for (const line of frames.push(bytes)) output.log(service, line);
  });
  const events = openPipe(service.events, (bytes) => {
    const said = lines.push(bytes);
    // The output of a session arrives on the other pipe. Its last lines are read before its end is reported. All events
    // wait alike, so that they stay in order.
    setImmediate(() => {
      for (const event of said) tell(event);
    });
  });
  events.on('close', () => {
    setImmediate(() => {
      if (!stopped) output.event(service, { event: 'lost' });
      closeSync(service.control);
      ended();
    });
  });
  return [events, log];
}
