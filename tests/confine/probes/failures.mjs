// Calls confine() where it has to fail, or twice. Prints one line of JSON.
// argv: a folder, and the name of a case.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import { confine } from 'portcullis';

const RULES = ['@node', '@jit', '@read-files'];

/** What is thrown, with everything that a caller may ask of it. */
function refusal(options) {
  try {
    return { rings: confine(options).rings.length > 0 };
  } catch (error) {
    const { name, message, step, errno, line, unchanged } = error;
    return { name, message: message.replaceAll(/\d+/g, 'N'), step, errno, line, unchanged };
  }
}

/** A filter that allows everything, for the calling thread alone. */
function filterThisThread() {
  const syscall = koffi.load(null).func('long syscall(long number, ...)');
  const program = Buffer.alloc(24);
  program.writeUInt16LE(1, 0);
  program.writeBigUInt64LE(koffi.address(program) + 16n, 8);
  program.writeUInt16LE(0x06, 16);
  program.writeUInt32LE(0x7fff0000, 20);
  const [prctl, seccomp] = process.arch === 'x64' ? [157, 317] : [167, 277];
  syscall(prctl, 'long', 38, 'long', 1, 'long', 0, 'long', 0, 'long', 0);
  return syscall(seccomp, 'long', 1, 'long', 0, 'void *', program);
}

const CASES = {
  async thread() {
    const worker = new Worker(new URL(import.meta.url), { workerData: 'filter' });
    const [filtered] = await once(worker, 'message');
    const found = refusal({ filter: RULES });
    await worker.terminate();
    return { filtered, found };
  },
  async worker() {
    const worker = new Worker(new URL(import.meta.url), { workerData: 'confine' });
    return (await once(worker, 'message'))[0];
  },
  async twice() {
    const first = refusal({ filter: { rules: [...RULES, 'seccomp', 'prctl', 'munmap', 'prlimit64'] } });
    const second = refusal({ filter: RULES });
    await setTimeout(1);
    return { first, second };
  },
  limit: () => refusal({ filter: RULES, rlimits: { nofile: 2n ** 40n } }),
  polled: () => refusal({ filter: RULES }),
};

if (isMainThread) console.log(JSON.stringify(await CASES[process.argv[3]]()));
else if (workerData === 'confine') parentPort.postMessage(refusal({ filter: RULES }));
else {
  parentPort.postMessage(filterThisThread());
  parentPort.on('message', () => {});
}
