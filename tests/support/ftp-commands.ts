import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { dial } from './launch.ts';

/** A client's connection of commands, by hand (RFC 959). */
export class FtpCommands implements Disposable {
  readonly socket: Socket;
  readonly #lines: AsyncIterator<string>;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#lines = createInterface(socket)[Symbol.asyncIterator]();
  }

  static async open(port: number, user = 'anonymous'): Promise<FtpCommands> {
    const commands = new FtpCommands(await dial(port));
    await commands.reply();
    await commands.say(`USER ${user}`);
    return commands;
  }

  /** The last line of the next reply, or nothing at the end. */
  async reply(): Promise<string> {
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) return '';
      if (/^\d{3} /.test(line.value)) return line.value;
    }
  }

  say(command: string): Promise<string> {
    this.socket.write(`${command}\r\n`);
    return this.reply();
  }

  /** The port on which the session waits for a connection for data. */
  async passive(): Promise<number> {
    const reply = await this.say('EPSV');
    return Number(reply.match(/\|\|\|(\d+)\|/)?.[1]);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
