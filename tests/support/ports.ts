import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Ports are handed out in blocks; the last one ends below 32768, where the kernel's ports for clients begin. */
const FIRST_PORT = 20_000;
const BLOCK_SIZE = 20;
const BLOCKS = 638;

function listenOn(port: number): Server | undefined {
  const server = createServer().on('error', () => undefined);
  // Without a host to look up, the port is taken, or refused, before listen() returns.
  server.listen({ port, exclusive: true });
  return server.address() === null ? undefined : server.unref();
}

let ports: number[] = [];

/** The ports of a block whose first one this process keeps, so that no other process hands out the rest. */
function takeBlock(): number[] {
  for (;;) {
    const first = FIRST_PORT + BLOCK_SIZE * randomInt(BLOCKS);
    if (listenOn(first) !== undefined)
      return Array.from({ length: BLOCK_SIZE - 1 }, (_, index) => first + 1 + index);
  }
}

/** A port that nobody listens on and no other test is given, below the range that the kernel gives to clients. */
export function freePort(): number {
  for (;;) {
    if (ports.length === 0) ports = takeBlock();
    const port = ports.shift() ?? 0;
    const probe = listenOn(port);
    probe?.close();
    if (probe !== undefined) return port;
  }
}
