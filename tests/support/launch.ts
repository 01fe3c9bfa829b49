import { type ChildProcess, spawn } from 'node:child_process';
import { PATIENCE_MS } from './patience.ts';
import { NODE, PROGRAM } from './portcullis.ts';

/** One line of `portcullis run --json`. */
export type RunEvent = Readonly<Record<string, unknown>> & { readonly event: string };

/** A running `portcullis run`. */
export class Launch {
  readonly process: ChildProcess;
  readonly events: RunEvent[] = [];
  stderr = '';
  #rest = '';
  #waiting: (() => void)[] = [];
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;

  constructor(process: ChildProcess) {
    this.process = process;
    process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.exited = new Promise((resolve) => {
      process.on('close', (code, signal) => {
        this.#wake();
        resolve({ code, signal });
      });
    });
  }

  /** The first event that fits, now or later; fails with everything that was said when it has not come in time. */
  async waitFor(fits: (event: RunEvent) => boolean): Promise<RunEvent> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.events.find(fits);
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0 || this.process.exitCode !== null) throw new Error(`no such event. ${this.transcript()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** SIGTERM, then the exit status. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGTERM');
    const killer = setTimeout(() => this.process.kill('SIGKILL'), PATIENCE_MS);
    const { code } = await this.exited;
    clearTimeout(killer);
    return code;
  }

  transcript(): string {
    return `stderr:\n${this.stderr}\nevents:\n${this.events.map((event) => JSON.stringify(event)).join('\n')}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.events.push(JSON.parse(line) as RunEvent);
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}

export interface LaunchOptions {
  readonly args?: readonly string[];
  /** A command in front of node, such as strace. */
  readonly prefix?: readonly string[];
  /** Another copy of the built program. */
  readonly program?: string;
  readonly uid?: number;
  /** How many services come up, when what is named is not one file each. */
  readonly services?: number;
}

/** Runs `portcullis run --json` on policy files. */
export function launch(files: readonly string[], options: LaunchOptions = {}): Launch {
  const command = [
    ...(options.prefix ?? []),
    NODE,
    options.program ?? PROGRAM,
    'run',
    '--json',
    ...(options.args ?? []),
    ...files,
  ];
  const [first = '', ...rest] = command;
  const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
  return new Launch(spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: environment, ...identity }));
}

/** Launches and waits until every service listens. */
export async function launchReady(files: readonly string[], options: LaunchOptions = {}): Promise<Launch> {
  const running = launch(files, options);
  try {
    for (let count = 1; count <= (options.services ?? files.length); count++) {
      await running.waitFor(() => running.events.filter(({ event }) => event === 'ready').length >= count);
    }
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}
