import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { writeAll } from './output.ts';

/** Where lines go. */
export interface Sink {
  /** Takes the line; `false` when whoever reads is behind, until `caughtUp` is called. */
  readonly write: (line: string) => boolean;
  /** Calls `then` when all is written, at the latest after a second: nobody waits for a reader that has stopped. */
  readonly end: (then: () => void) => void;
}

export interface SinkEvents {
  readonly caughtUp: () => void;
  /** Nobody will read any more. */
  readonly broken: () => void;
}

const LONGEST_END_MS = 1000;

/**
 * Opens a descriptor for lines. A pipe or socket may have a reader that is slow or stopped: what it does not take at
 * once is kept here, so that orders and signals are still heard. Files and terminals are written at once.
 */
export function openSink(descriptor: number, events: SinkEvents): Sink {
  const stat = fstatSync(descriptor);
  return stat.isFIFO() || stat.isSocket() ? openPipe(descriptor, events) : openFile(descriptor, events);
}

function openFile(descriptor: number, { broken }: SinkEvents): Sink {
  const write = (line: string): boolean => {
    try {
      writeAll(descriptor, line);
    } catch {
      broken();
    }
    return true;
  };
  return { write, end: (then) => then() };
}

function openPipe(descriptor: number, { caughtUp, broken }: SinkEvents): Sink {
  const stream = new Socket({ fd: descriptor, readable: false, writable: true });
  stream.on('drain', caughtUp);
  stream.on('error', broken);
  return {
    write: (line) => stream.write(line),
    end: (then) => {
      setTimeout(then, LONGEST_END_MS);
      stream.write('', then);
    },
  };
}
