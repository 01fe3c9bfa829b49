import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { BenchFolder } from '../../bench/folder.ts';
import { Load, RESETS } from '../../bench/load.ts';
import { LINE } from '../../bench/running.ts';

let folder: BenchFolder;
let load: Load;
let server: Server | undefined;

beforeAll(() => {
  folder = new BenchFolder();
  load = new Load(folder.load, new AbortController().signal);
});

afterAll(() => folder[Symbol.dispose]());

afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

/** A server that does this with every connection, and its port. */
async function serve(answer: (socket: Socket) => void): Promise<number> {
  const listening = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  server = listening;
  await new Promise<void>((resolve) =>
    listening.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve),
  );
  const address = listening.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected an address');
  return address.port;
}

test('the connection after so many that were reset is measured', async () => {
  let connections = 0;
  const port = await serve((socket) => {
    connections++;
    socket.end(`${LINE}\n`);
  });
  const next = await load.afterResets(port);
  expect(next).toMatchObject({ connections: 1, failures: 0 });
  expect(next.next_us).toBeGreaterThan(0);
  expect(connections).toBe(RESETS + 1);
});

test('right answers count, whole or in pieces', async () => {
  const port = await serve((socket) => {
    socket.setNoDelay(true);
    socket.write(LINE.slice(0, 4), () => socket.end(`${LINE.slice(4)}\n`));
  });
  const rate = await load.rate(port, 4, 0, 50);
  expect(rate).toMatchObject({ connections: 50, failures: 0 });
  expect(rate.per_second).toBeGreaterThan(0);
  const latency = await load.latency(port, 20);
  expect(latency).toMatchObject({ connections: 20, failures: 0 });
  expect(latency.p50_us).toBeGreaterThan(0);
  expect(latency.p99_us).toBeGreaterThanOrEqual(latency.p50_us);
});

test.each([
  ['a wrong line', 'portcullis punch\n', 'the answer differs'],
  ['more than the line', `${LINE}\nand more`, 'the answer differs'],
  ['an early end', LINE.slice(0, 5), 'the answer ended early'],
  ['nothing', '', 'the answer ended early'],
])('%s is a failure', async (_, answer, failure) => {
  const port = await serve((socket) => socket.end(answer));
  expect(await load.rate(port, 4, 0, 30)).toMatchObject({
    connections: 30,
    failures: 30,
    failure,
    per_second: 0,
  });
  expect(await load.latency(port, 10)).toMatchObject({ connections: 10, failures: 10, failure });
});

test('only the failures among the answers count as failed', async () => {
  let number = 0;
  const port = await serve((socket) => {
    number += 1;
    socket.end(number % 5 === 0 ? 'no\n' : `${LINE}\n`);
  });
  expect(await load.rate(port, 4, 0, 50)).toMatchObject({ connections: 50, failures: 10 });
});

test('a connection that is refused is a failure', async () => {
  const port = await serve((socket) => socket.end());
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  expect(await load.rate(port, 4, 0, 20)).toMatchObject({ connections: 20, failures: 20 });
});
