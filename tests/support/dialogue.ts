import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { dial } from './dial.ts';

/** A client of a service that answers each line by a number of three digits, as FTP and SMTP do, by hand. */
export class Dialogue implements Disposable {
  readonly socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#lines = createInterface(socket)[Symbol.asyncIterator]();
  }

  /** Connects, and takes the greeting. */
  static async open(port: number): Promise<Dialogue> {
    const dialogue = new Dialogue(await dial(port));
    await dialogue.reply();
    return dialogue;
  }

  /** The last line of the next reply, or nothing at the end. */
  async reply(): Promise<string> {
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) return '';
      if (/^\d{3} /.test(line.value)) return line.value;
    }
  }

  say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
