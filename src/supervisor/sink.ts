import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { writeAll } from './output.ts';

/** A destination of lines. */
export interface Sink {
  /** Takes the line; it is written with the others of the same turn of the event loop. */
  readonly write: (line: string) => void;
  /** Calls `then` when all is written, at the latest after a second: a reader may have stopped. */
  readonly end: (then: () => void) => void;
}

export interface SinkEvents {
  /** The reader is behind. */
  readonly behind: () => void;
  readonly caughtUp: () => void;
  /** The reader is gone. */
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

/**
 * Opens standard error for few lines. Nobody waits for its reader, who may have stopped or be gone. A pipe is opened as
 * Node itself opens it, because a second stream on its descriptor would be an error.
 */
export function openErrors(ofNode: () => NodeJS.WriteStream): (line: string) => void {
  const stat = fstatSync(2);
  if (stat.isFIFO() || stat.isSocket()) {
    const stream = ofNode();
    stream.on('error', () => undefined);
    return (line) => void stream.write(line);
  }
  return (line) => {
    try {
      writeAll(2, line);
    } catch {
      // The events are on standard output.
    }
  };
}

/** Lines that wait for the end of the turn; `flush` gives them out before. */
function gather(give: (text: string) => void): { readonly write: Sink['write']; readonly flush: () => void } {
  let text = '';
  const flush = (): void => {
    const all = text;
    text = '';
    if (all !== '') give(all);
  };
  const write = (line: string): void => {
    if (text === '') setImmediate(flush);
    text += line;
  };
  return { write, flush };
}

function openFile(descriptor: number, { broken }: SinkEvents): Sink {
  const { write, flush } = gather((text) => {
    try {
      writeAll(descriptor, text);
    } catch {
      broken();
    }
  });
  return {
    write,
    end: (then) => {
      flush();
      then();
    },
  };
}

function openPipe(descriptor: number, { behind, caughtUp, broken }: SinkEvents): Sink {
  const stream = new Socket({ fd: descriptor, readable: false, writable: true });
  stream.on('drain', caughtUp);
  stream.on('error', broken);
  const { write, flush } = gather((text) => {
    if (!stream.write(text)) behind();
  });
  return {
    write,
    end: (then) => {
      setTimeout(then, LONGEST_END_MS);
      flush();
      stream.write('', then);
    },
  };
}
