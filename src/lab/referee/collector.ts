import { createSocket } from 'node:dgram';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

/** A listener of an attacker: it notes whether the token of the run has arrived, on TCP or UDP, IPv4 or IPv6. */
export class Collector {
  readonly #token: string;
  readonly #arrived: string[] = [];

  constructor(token: string) {
    this.#token = token;
  }

  /** The ways on which the token has come, as in `tcp 127.0.0.1`. */
  get arrived(): readonly string[] {
    return this.#arrived;
  }

  forget(): void {
    this.#arrived.length = 0;
  }

  async listen(port: number): Promise<void> {
    for (const address of ['127.0.0.1', '::1']) {
      const server = createServer((socket) => this.#read(socket, `tcp ${address}`));
      await new Promise<void>((done, fail) => server.once('error', fail).listen(port, address, done));
      const datagrams = createSocket(address === '::1' ? 'udp6' : 'udp4');
      datagrams.on('message', (message) => this.#note(message.toString('latin1'), `udp ${address}`));
      await new Promise<void>((done, fail) => datagrams.once('error', fail).bind(port, address, done));
    }
  }

  #read(socket: Socket, way: string): void {
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      text = (text + bytes.toString('latin1')).slice(-4096);
      if (this.#note(text, way)) socket.destroy();
    });
  }

  #note(text: string, way: string): boolean {
    const has = text.includes(this.#token);
    if (has) this.#arrived.push(way);
    return has;
  }
}

/** Serves /dev/log as a stream, so that honest sessions can write to the log of the system. */
export async function serveLog(): Promise<void> {
  rmSync('/dev/log', { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  // Every user may log.
  const options = { path: '/dev/log', readableAll: true, writableAll: true };
  await new Promise<void>((done, fail) => server.once('error', fail).listen(options, done));
}
