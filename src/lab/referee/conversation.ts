import { connect, type Socket } from 'node:net';
import { pause } from './processes.ts';

const MOST_BYTES = 64 * 1024;

/** A connection to the service, with the text that has come back. */
export class Conversation {
  readonly #socket: Socket;
  #text = '';
  #closed: string | undefined;
  #connected = false;

  constructor(from: string, port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, localAddress: from });
    this.#socket.setNoDelay();
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (bytes) => {
      this.#text = (this.#text + bytes.toString('latin1')).slice(0, MOST_BYTES);
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#closed ??= error.code ?? 'closed';
    });
    this.#socket.on('end', () => {
      this.#closed ??= 'closed';
    });
    this.#socket.on('close', () => {
      this.#closed ??= 'closed';
    });
  }

  /** The lines of the answer so far, the last one perhaps not whole. */
  get lines(): readonly string[] {
    return this.#text === '' ? [] : this.#text.replace(/\n$/, '').split('\n');
  }

  get text(): string {
    return this.#text;
  }

  /** True once the other side has closed or refused. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  get isConnected(): boolean {
    return this.#connected;
  }

  /** The answer in a few words, for evidence. */
  get outcome(): string {
    const [line] = this.lines;
    if (line !== undefined) return line.slice(0, 100);
    if (!this.#connected)
      return this.#closed === undefined ? 'no connection yet' : `no connection: ${this.#closed}`;
    return this.#closed === undefined ? 'no answer' : `${this.#closed} without an answer`;
  }

  /** Sends text, a byte each `everyMs` where that is not 0. Stops early when the other side has gone. */
  async send(text: string, everyMs: number): Promise<void> {
    if (everyMs === 0) {
      this.#socket.write(text);
      return;
    }
    for (const byte of text) {
      if (this.isClosed) return;
      this.#socket.write(byte);
      await pause(everyMs);
    }
  }

  /** Says that nothing more comes. */
  finish(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}
