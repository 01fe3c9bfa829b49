// In the place of the supervisor's program: what whoever takes it over could do. Prints one line of JSON, and stays.
const { spawnSync } = require('node:child_process');
const { openSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const { connect } = require('node:net');

const { koffi: library, calls, secret, temporary, target } = globalThis.supervisorProbe;

function attempt(act) {
  try {
    return act() ?? 'done';
  } catch (error) {
    return error.code ?? String(error);
  }
}

/** Without an error to look at: done, or the number of errno. */
function rawCalls() {
  const koffi = require(library);
  const syscall = koffi.load(null).func('long syscall(long number, ...)');
  return Object.fromEntries(
    Object.entries(calls).map(([name, numbers]) => {
      const [number, ...args] = numbers.map(BigInt);
      const result = syscall(number, ...args.flatMap((value) => ['long', value]));
      return [name, result < 0 ? koffi.errno() : 'done'];
    }),
  );
}

/** The process that it would reach for: the gate, or without one its own parent. */
const gate =
  Number.parseInt(readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8'), 10) || process.ppid;
const report = {
  event: 'report',
  secret: attempt(() => readFileSync(secret, 'utf8')),
  temporary: attempt(() => writeFileSync(temporary, 'x')),
  null: attempt(() => writeFileSync('/dev/null', 'x')),
  program: attempt(() => {
    const { error, status } = spawnSync('/bin/true');
    if (error) throw error;
    return `status ${status}`;
  }),
  root: attempt(() => process.setuid(0)),
  group: attempt(() => process.setgid(0)),
  signal: attempt(() => process.kill(gate, 0) && 'done'),
  memory: attempt(() => openSync(`/proc/${gate}/mem`)),
  environment: attempt(() => openSync(`/proc/${gate}/environ`)),
  'own memory': attempt(() => openSync('/proc/self/mem', 'r+')),
  'web assembly': typeof WebAssembly,
  raw: attempt(rawCalls),
};
connect(target, '127.0.0.1')
  .on('connect', () => tell('done'))
  .on('error', (error) => tell(error.code));

function tell(dialled) {
  writeSync(1, `${JSON.stringify({ ...report, dialled })}\n`);
  // Until it is killed: the gates end with it.
  setInterval(() => undefined, 1000);
}
