import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PORTCULLIS } from '../portcullis.ts';

/** An event of `portcullis run --json`. */
export type ServiceEvent = Readonly<Record<string, unknown>>;

const READY_MS = 30_000;
const STOP_MS = 10_000;

/** A policy that is served until it is stopped, and the events until now. */
export class Serving {
  readonly events: ServiceEvent[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting = new Set<() => void>();
  #stderr = '';

  private constructor(policy: string) {
    this.#process = spawn(process.execPath, [PORTCULLIS, 'run', '--json', policy], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      detached: true,
    });
    const { stdout, stderr } = this.#process;
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    if (stdout !== null)
      createInterface({ input: stdout }).on('line', (line) => {
        this.events.push(JSON.parse(line) as ServiceEvent);
        for (const look of this.#waiting) look();
      });
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', () => resolve());
      this.#process.once('close', () => resolve());
    });
    void this.#ended.then(() => {
      for (const look of this.#waiting) look();
    });
  }

  static async start(policy: string, running: Set<Serving>): Promise<Serving> {
    const serving = new Serving(policy);
    running.add(serving);
    if (await serving.waitFor(({ event }) => event === 'ready', READY_MS)) return serving;
    await serving.stop(running);
    throw new Error(`portcullis did not start ${policy}:\n${serving.#stderr}`);
  }

  /** Waits for an event, which may have come before; whether it came. */
  waitFor(isIt: (event: ServiceEvent) => boolean, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (came: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(came);
      };
      const look = () => {
        if (this.events.some(isIt)) done(true);
        else if (this.#process.exitCode !== null || this.#process.signalCode !== null) done(false);
      };
      const timer = setTimeout(() => done(false), ms);
      this.#waiting.add(look);
      look();
    });
  }

  async stop(running: Set<Serving>): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGTERM');
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
    await this.#ended;
    clearTimeout(killer);
    running.delete(this);
  }
}
