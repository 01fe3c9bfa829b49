import { type ChildProcess, spawn } from 'node:child_process';
import { BenchFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { describeHost, type Host } from './host.ts';
import { type IdleOptions, ROOM } from './idle-options.ts';
import { Load } from './load.ts';
import { tree } from './memory.ts';
import { PORTCULLIS } from './portcullis.ts';
import { processorTimeUs } from './processor-time.ts';
import { rotated } from './rotated.ts';
import { LINE, Running } from './running.ts';

/** A gate with so many sessions that wait, and what a connection took of the processor, a value for each round. */
export interface IdleCost {
  readonly sessions: number;
  /** Of the inner gate, which accepts, starts sessions and reaps them. */
  readonly gateUs: readonly number[];
}

export interface IdleReport {
  readonly host: Host;
  readonly options: IdleOptions;
  readonly gates: readonly IdleCost[];
}

/** Connections that stay open until this is disposed of. */
class Held implements Disposable {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async open(program: string, port: number, count: number, signal: AbortSignal): Promise<Held> {
    const words = ['127.0.0.1', `${port}`, LINE, 'hold', `${count}`];
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'], signal });
    const text = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve(''));
      child.stdout.setEncoding('utf8').once('data', resolve);
    });
    const { held } = JSON.parse(text || '{}') as { readonly held?: number };
    if (held === count) return new Held(child);
    child.kill();
    throw new Error(`expected ${count} sessions that wait, found ${text.trim() || 'none'}`);
  }

  [Symbol.dispose](): void {
    this.#process.kill();
  }
}

/** One gate, its waiting sessions, and what was measured of it. */
interface Contestant {
  readonly sessions: number;
  readonly port: number;
  readonly innerGate: number;
  readonly gateUs: number[];
}

async function measureOnce(contestant: Contestant, options: IdleOptions, load: Load): Promise<void> {
  const before = processorTimeUs(contestant.innerGate);
  const rate = await load.rate(contestant.port, options.concurrency, 0, options.connections);
  if (rate.failures > 0) throw new Error(`with ${contestant.sessions} idle sessions: ${rate.failure}`);
  // The ends of the last sessions belong to them.
  await new Promise((resolve) => setTimeout(resolve, 250));
  contestant.gateUs.push((processorTimeUs(contestant.innerGate) - before) / options.connections);
}

/** All gates stand with their sessions at the same time; one at a time is measured, in rounds. */
export async function benchIdle(
  options: IdleOptions,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<IdleReport> {
  const folder = new BenchFolder();
  const running = new Set<Running>();
  const held: Held[] = [];
  try {
    const load = new Load(folder.load, signal);
    const contestants: Contestant[] = [];
    for (const sessions of options.sessions) {
      say(`a gate with ${sessions} idle sessions\n`);
      const port = await freePort();
      const command = [folder.idleExecutable(port, sessions + ROOM, PORTCULLIS)];
      const { server } = await Running.start(
        'gate',
        port,
        { command, stdout: `${folder.path}/${port}` },
        running,
      );
      if (sessions > 0) held.push(await Held.open(folder.load, port, sessions, signal));
      const [, innerGate = 0] = tree(server.pid);
      contestants.push({ sessions, port, innerGate, gateUs: [] });
    }
    for (let round = 0; round < options.rounds; round++) {
      say(`round ${round + 1} of ${options.rounds}\n`);
      for (const contestant of rotated(contestants, round)) await measureOnce(contestant, options, load);
    }
    const gates = contestants.map(({ sessions, gateUs }) => ({ sessions, gateUs }));
    return { host: describeHost(), options, gates };
  } finally {
    for (const one of held) one[Symbol.dispose]();
    await Promise.all([...running].map((server) => server.stop()));
    folder[Symbol.dispose]();
  }
}
