import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** The pause of the pipes after a read; all data of that time is then read at once. */
const REST_MS = 20;

/** Something was read. */
const READ = 'portcullis-read';

/** As much as the kernel keeps in a pipe. */
const PIPE_SIZE = 65_536;

/** Gives what it reads to `take`, which must not keep the buffer. While it is paused it leaves the pipe alone. */
export function openPipe(descriptor: number, take: (bytes: Buffer) => void): Socket {
  const read = (size: number, buffer: Uint8Array): boolean => {
    take(Buffer.from(buffer.buffer, buffer.byteOffset, size));
    pipe.emit(READ);
    return true;
  };
  const options: SocketConstructorOpts & ConnectOpts = {
    fd: descriptor,
    readable: true,
    writable: false,
    onread: { buffer: Buffer.alloc(PIPE_SIZE), callback: read },
  };
  const pipe = new Socket(options);
  pipe.on('error', () => undefined);
  return pipe;
}

/**
 * The times at which the gates' pipes are read. A busy service writes a thousand times a second; to wake up for each
 * word would take more of the processor than the gate itself, and from the sessions.
 */
export class PipeFlow {
  readonly #pipes: Socket[] = [];
  #isHeld = false;
  #isResting = false;

  add(pipe: Socket): void {
    this.#pipes.push(pipe);
    pipe.on(READ, () => this.#rest());
  }

  /** Stops reading while `isHeld`. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#settle();
  }

  /** Reads at the end of the turn: the data in both pipes of a gate belongs together. */
  #rest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    setImmediate(() => this.#settle());
    setTimeout(() => {
      this.#isResting = false;
      this.#settle();
    }, REST_MS);
  }

  #settle(): void {
    for (const pipe of this.#pipes) {
      if (this.#isHeld || this.#isResting) pipe.pause();
      else pipe.resume();
    }
  }
}
