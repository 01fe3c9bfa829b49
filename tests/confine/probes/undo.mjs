// Tries to undo a confinement, with native code in the main thread and in a Worker, and by starting a program. Prints one line of JSON.
// argv: a folder to write into, and the options of confine() as JSON, or nothing.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import { confine } from 'portcullis';

const [folder, options] = isMainThread ? process.argv.slice(2) : [workerData];
const syscall = koffi.load(null).func('long syscall(long number, ...)');
const x64 = process.arch === 'x64';

/** Done, or the number of errno. */
function call(number, ...args) {
  const result = syscall(
    number,
    ...args.flatMap((value) => (Buffer.isBuffer(value) ? ['void *', value] : ['long', value])),
  );
  return result < 0 ? koffi.errno() : 'done';
}

/** A filter that allows everything. */
function wideFilter() {
  const program = Buffer.alloc(24);
  program.writeUInt16LE(1, 0);
  program.writeBigUInt64LE(koffi.address(program) + 16n, 8);
  program.writeUInt16LE(0x06, 16);
  program.writeUInt32LE(0x7fff0000, 20);
  return program;
}

const limit = Buffer.alloc(16);
limit.writeBigUInt64LE(128n, 0);
limit.writeBigUInt64LE(128n, 8);

function attempts() {
  return {
    limit: call(x64 ? 302 : 261, 0, 7, limit, 0),
    'writable code': call(x64 ? 9 : 222, 0, 4096, 7, 0x22, -1, 0),
    'code from data': call(x64 ? 10 : 226, 0, 0, 4),
    'new privileges': call(x64 ? 157 : 167, 38, 1, 0, 0, 0),
    'another filter': call(x64 ? 317 : 277, 1, 0, wideFilter()),
    trace: call(x64 ? 101 : 117, 0x4206, process.pid, 0, 0),
    namespace: call(x64 ? 272 : 97, 0x4000_0000),
    memory: attempt(() => openSync('/proc/self/mem', 'r+')),
  };
}

function attempt(act) {
  try {
    act();
    return 'done';
  } catch (error) {
    return error.code;
  }
}

/** A program that is started afterwards says what it inherits and can do, in lines of its own. */
function startProgram() {
  const status = "grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status";
  const script = `exec 2>&1; ${status}; ulimit -n; echo x > ${folder}/by-a-program && echo written`;
  const { error } = spawnSync('/bin/sh', ['-c', script], { stdio: 'inherit' });
  if (error !== undefined) throw error;
}

if (isMainThread) {
  if (options !== undefined) confine(JSON.parse(options));
  startProgram();
  const worker = new Worker(new URL(import.meta.url), { workerData: folder });
  const [inWorker] = await once(worker, 'message');
  console.log(JSON.stringify({ worker: inWorker, main: attempts() }));
} else parentPort.postMessage(attempts());
