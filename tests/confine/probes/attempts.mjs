// What the threads of a Node program can do, without confinement or with it. Prints one line of JSON.
// argv: a folder to write into, and the options of confine() as JSON, or nothing.
import { spawnSync } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { promises, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { gzip } from 'node:zlib';
import { confine } from 'portcullis';

const [folder, options] = isMainThread ? process.argv.slice(2) : [workerData.folder];

const code = (error) => error.code ?? error.message;

/** Calls that the filter of the test forbids, by this thread and by a thread of libuv's pool. */
async function forbidden(name) {
  const attempt = (act) => {
    try {
      return act();
    } catch (error) {
      return code(error);
    }
  };
  return {
    write: attempt(() => writeFileSync(`${folder}/${name}`, 'x') ?? 'done'),
    pool: await promises.writeFile(`${folder}/${name}-pool`, 'x').then(() => 'done', code),
    exec: attempt(() => {
      const { error, status } = spawnSync('/bin/true', { stdio: 'ignore' });
      return error === undefined ? `status ${status}` : code(error);
    }),
    socket: await new Promise((resolve) => {
      connect({ port: 1, host: '127.0.0.1' }).on('error', (error) => resolve(code(error)));
    }),
  };
}

/** What every Node program does, by pool threads for the most part. */
async function allowed() {
  await promisify(pbkdf2)('secret', 'salt', 1000, 32, 'sha256');
  const zipped = await promisify(gzip)(Buffer.alloc(100_000));
  const [{ address }] = await lookup('localhost', { family: 4, all: true });
  await promises.readFile('/etc/hostname');
  await setTimeout(1);
  let sum = 0;
  for (let index = 0; index < 3_000_000; index += 1) sum = (sum + index * 7) % 1000;
  return { zipped: zipped.length < 1000, address, sum };
}

if (isMainThread) {
  const start = (name) => new Worker(new URL(import.meta.url), { workerData: { folder, name } });
  const answer = async (worker) => {
    worker.postMessage('go');
    return (await once(worker, 'message'))[0];
  };
  // The event loop goes on with what was open before.
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(server.address().port, '127.0.0.1');
  await once(client, 'connect');
  const before = start('before');
  await once(before, 'online');
  await allowed();

  let confinement;
  if (options !== undefined) {
    const { threads, rings } = confine(JSON.parse(options));
    confinement = { threads, rings: rings.length };
  }

  client.write('echo');
  const [echo] = await once(client, 'data');
  const after = start('after');
  const report = {
    confinement,
    main: await forbidden('main'),
    before: await answer(before),
    after: await answer(after),
    allowed: await allowed(),
    echo: String(echo),
    threads: readdirSync('/proc/self/task').map((thread) => {
      const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
      return [/^Seccomp:\s*(\d)/m, /^NoNewPrivs:\s*(\d)/m].map((field) => Number(field.exec(status)[1]));
    }),
    limits: readFileSync('/proc/self/limits', 'utf8'),
  };
  console.log(JSON.stringify(report));
  client.destroy();
  server.close();
  await Promise.all([before.terminate(), after.terminate()]);
} else {
  parentPort.on('message', async () => {
    parentPort.postMessage(await forbidden(workerData.name));
  });
}
