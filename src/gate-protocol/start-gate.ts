import { spawn } from 'node:child_process';
import { closeSync, readSync } from 'node:fs';
import { GATE_DESCRIPTORS } from './descriptors.ts';
import { type GateEvent, parseGateEvent } from './gate-event.ts';

/** Descriptors that Node cannot make: its own pipes are sockets, which one session could shut down for all. */
export interface DescriptorSource {
  /** pipe2(2): the read end and the write end. */
  readonly pipe: () => readonly [read: number, write: number];
  /** memfd_create(2) with these contents. */
  readonly memoryFile: (name: string, bytes: Uint8Array) => number;
}

/** A gate that has confined itself and waits for the order to go. The descriptors are the caller's to close. */
export interface RunningGate {
  readonly pid: number;
  readonly events: number;
  readonly log: number;
  readonly control: number;
}

/** The first line of a gate that is confined, for its launcher alone: it is `ready` when it has the order to go. */
export const CONFINED = '{"event":"confined"}';

/** The argument with which a gate tells its steps. */
export const DEBUG = '--debug';

/** A descriptor of this process, and the number under which the gate has it. */
export interface PassedDescriptor {
  readonly from: number;
  readonly to: number;
}

/** The program that a gate is started by where its sessions are recorded, with the words before the gate's own. */
export interface Recorder {
  readonly path: string;
  readonly words: readonly string[];
}

export type GateStart =
  | { readonly kind: 'confined'; readonly gate: RunningGate }
  | { readonly kind: 'failed'; readonly event: GateEvent | undefined };

/**
 * Starts a gate with an image and waits until it is confined. The gate serves only after a further order. Blocks
 * for the milliseconds that its confinement takes: nothing else may happen in a launcher that still has privilege. With
 * `debug` the gate prints each step on the standard error of this process, and a `recorder` writes to its events pipe.
 * `passed`: sockets for the gate, under the numbers of its plan.
 */
export function startGate(
  gatePath: string,
  name: string,
  image: Uint8Array,
  source: DescriptorSource,
  debug = false,
  recorder?: Recorder,
  passed: readonly PassedDescriptor[] = [],
): GateStart {
  const [eventsRead, eventsWrite] = source.pipe();
  const [controlRead, controlWrite] = source.pipe();
  const [logRead, logWrite] = source.pipe();
  const imageFd = source.memoryFile('portcullis-image', image);
  const stdio = new Array<'ignore' | number>(Math.max(7, ...passed.map(({ to }) => to + 1))).fill('ignore');
  stdio[GATE_DESCRIPTORS.events] = eventsWrite;
  stdio[GATE_DESCRIPTORS.control] = controlRead;
  stdio[GATE_DESCRIPTORS.log] = logWrite;
  stdio[GATE_DESCRIPTORS.image] = imageFd;
  if (debug) stdio[2] = 2;
  for (const { from, to } of passed) stdio[to] = from;
  const argv0 = `portcullis-gate: ${name}`;
  const words = debug ? [DEBUG] : [];
  const started =
    recorder === undefined
      ? { path: gatePath, argv0, words }
      : {
          path: recorder.path,
          argv0: `portcullis-recorder: ${name}`,
          words: [...recorder.words, gatePath, argv0, ...words],
        };
  const child = spawn(started.path, started.words, {
    argv0: started.argv0,
    stdio,
    env: {},
    cwd: '/',
  });
  // Node reports a failed exec through this event; the end of the events pipe comes first.
  child.on('error', () => undefined);
  for (const descriptor of [eventsWrite, controlRead, logWrite, imageFd]) closeSync(descriptor);
  const line = readLine(eventsRead);
  if (line === CONFINED && child.pid !== undefined) {
    return {
      kind: 'confined',
      gate: { pid: child.pid, events: eventsRead, log: logRead, control: controlWrite },
    };
  }
  for (const descriptor of [eventsRead, controlWrite, logRead]) closeSync(descriptor);
  return { kind: 'failed', event: line === undefined ? undefined : parseGateEvent(line) };
}

/** Closes a gate's pipes: it ends at once, and everything in its pid namespace with it. */
export function abandonGate(gate: RunningGate): void {
  for (const descriptor of [gate.control, gate.events, gate.log]) closeSync(descriptor);
}

/** Reads the next line of the events pipe, byte by byte: the bytes after it belong to the next reader of the pipe. */
function readLine(descriptor: number): string | undefined {
  const byte = Buffer.alloc(1);
  let line = '';
  while (readSync(descriptor, byte, 0, 1, null) === 1) {
    if (byte[0] === 0x0a) return line;
    line += byte.toString('latin1');
  }
  return undefined;
}
