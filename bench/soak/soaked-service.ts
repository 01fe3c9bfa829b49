import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { outputOf } from '../output.ts';
import { LINE } from '../running.ts';
import { EventCounts } from './event-counts.ts';
import { type Holdings, holdingsOf, PROCESSES, processCount } from './holdings.ts';
import { ALIVE, PROBE_SIGNAL } from './probed-copy.ts';

/** In a network of its own: nobody else has sockets there. */
const IN_OWN_NETWORK = ['--net', 'sh', '-ec', 'ip link set lo up; exec "$@"', 'sh'];

const PATIENCE_MS = 30_000;

/** Longer than every deadline of a session. */
const REST_MS = 20_000;

/** As the clients count them: connections of each kind, and those that did not end as their kind does. */
export interface Connections {
  readonly wrong: number;
  readonly failure: string;
  readonly kinds: Readonly<Record<string, number>>;
}

/** All that the service has, and the bytes that are alive in its supervisor. */
export interface Sample extends Holdings {
  readonly alive: number;
}

/** A service that is soaked, with its supervisor and its gates. */
export class SoakedService {
  readonly events: EventCounts = new EventCounts();
  readonly #process: ChildProcess;
  readonly #port: number;
  readonly #clients: string;
  readonly #signal: AbortSignal;
  #stderr = '';
  #isReady = false;

  private constructor(command: readonly string[], port: number, clients: string, signal: AbortSignal) {
    this.#port = port;
    this.#clients = clients;
    this.#signal = signal;
    this.#process = spawn('unshare', [...IN_OWN_NETWORK, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#process.on('error', (error) => {
      this.#stderr += error.message;
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('the service has no output');
    createInterface(stdout).on('line', (line) => {
      this.#isReady ||= line.includes('"event":"ready"');
      this.events.add(line);
    });
  }

  static async start(
    command: readonly string[],
    port: number,
    clients: string,
    signal: AbortSignal,
  ): Promise<SoakedService> {
    const service = new SoakedService(command, port, clients, signal);
    try {
      await service.#until(() => service.#isReady, 'is not ready');
    } catch (error) {
      await service.stop();
      throw error;
    }
    return service;
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the service has no process');
    return this.#process.pid;
  }

  /** Fills every place for a session at once. */
  hold(count: number): Promise<Connections> {
    return this.#connect([`${count}`, 'hold']);
  }

  /** Connections of the mix, from this one on. */
  run(first: number, count: number, concurrency: number): Promise<Connections> {
    return this.#connect([`${count}`, `${concurrency}`, LINE, `${first}`]);
  }

  /** All that it has, when nothing is left to do. A process that stays is counted after a while. */
  async sample(): Promise<Sample> {
    await this.#rest();
    this.#stderr = '';
    this.#process.kill(PROBE_SIGNAL);
    await this.#until(() => ALIVE.test(this.#stderr), 'does not tell of its memory');
    const alive = Number(ALIVE.exec(this.#stderr)?.[1]);
    return { ...holdingsOf(this.pid), alive };
  }

  /** Waits until no session is left and every event is read. */
  async #rest(): Promise<void> {
    const deadline = performance.now() + REST_MS;
    for (let heard = -1; heard !== this.events.lines && performance.now() < deadline; ) {
      heard = this.events.lines;
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (processCount(this.pid) > PROCESSES.length) heard = -1;
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(killer);
  }

  async #connect(words: readonly string[]): Promise<Connections> {
    const inside = ['--net', `--target=${this.pid}`, this.#clients, `${this.#port}`, ...words];
    const { status, text } = await outputOf('nsenter', inside, this.#signal);
    if (status !== 0 && status !== 1) throw new Error(`the clients ended with status ${status}`);
    const { wrong, failure, ...kinds } = JSON.parse(text) as Record<string, number> & {
      readonly failure: string;
    };
    return { wrong: Number(wrong), failure: String(failure), kinds: kinds as Record<string, number> };
  }

  async #until(isSo: () => boolean, problem: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isSo()) {
      this.#signal.throwIfAborted();
      if (performance.now() > deadline || this.#process.exitCode !== null)
        throw new Error(`the service ${problem}: ${this.#stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
