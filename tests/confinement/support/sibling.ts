import type { Socket } from 'node:net';
import { dial } from '../../support/dial.ts';
import type { ProbedService } from '../../support/probe-program.ts';

/** A session beside the one that attacks, which says what signals reach it. */
export class Sibling {
  readonly pid: number;
  readonly group: number;
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket, lines: AsyncIterator<string>, who: string) {
    const [pid, group] = who.split(' ').map(Number);
    this.pid = pid ?? 0;
    this.group = group ?? 0;
    this.#socket = socket;
    this.#lines = lines;
  }

  static async meet(service: ProbedService): Promise<Sibling> {
    const socket = await dial(service.port);
    const lines = linesOf(socket);
    socket.write('signal-receive\n');
    return new Sibling(socket, lines, await next(lines));
  }

  /** The signals since the last question. */
  async received(): Promise<readonly string[]> {
    this.#socket.write('?');
    const signals: string[] = [];
    for (;;) {
      const line = await next(this.#lines);
      if (line === 'heard all') return signals;
      signals.push(line);
    }
  }

  leave(): void {
    this.#socket.destroy();
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = '';
  for await (const bytes of socket.setEncoding('utf8')) {
    const lines = (rest + String(bytes)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** One line, without the name of the probe. */
async function next(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  return done === true ? 'it is gone' : String(value).replace(/^[a-z-]+: /, '');
}
