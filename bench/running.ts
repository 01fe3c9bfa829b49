import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import type { Command } from './server.ts';

/** The line that the service writes, without its newline. */
export const LINE = 'portcullis bench';

const START_MS = 20_000;
const STOP_MS = 5_000;

/** One connection: whether it was answered right. */
function isAnswered(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(START_MS, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer === `${LINE}\n`));
  });
}

/** A server that was started, until it is stopped. */
export class Running {
  readonly name: string;
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #stderr = '';

  private constructor(name: string, port: number, { command, environment, stdout }: Command) {
    this.name = name;
    this.port = port;
    const [program = '', ...args] = command;
    const output = stdout === undefined ? 'ignore' : openSync(stdout, 'w');
    // In a session of its own: Ctrl-C reaches the benchmark, which stops its servers itself.
    this.#process = spawn(program, args, {
      stdio: ['ignore', output, 'pipe'],
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', ...environment },
      detached: true,
    });
    if (typeof output === 'number') closeSync(output);
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', (error) => {
        this.#stderr += error.message;
        resolve();
      });
      this.#process.once('exit', () => resolve());
    });
  }

  /**
   * Starts a server and waits for its first right answer; also returns the time that this took. `isRight` asks a server
   * that answers otherwise, or elsewhere.
   */
  static async start(
    name: string,
    port: number,
    command: Command,
    running: Set<Running>,
    isRight: (port: number) => Promise<boolean> = isAnswered,
  ): Promise<{ readonly server: Running; readonly startMs: number }> {
    const begin = performance.now();
    const server = new Running(name, port, command);
    running.add(server);
    while (!(await isRight(port))) {
      if (server.hasEnded || performance.now() - begin > START_MS) {
        await server.stop();
        running.delete(server);
        throw new Error(`${name} gave no right answer: ${command.command.join(' ')}\n${server.#stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return { server, startMs: performance.now() - begin };
  }

  get hasEnded(): boolean {
    return (
      this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null
    );
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.name} has no process`);
    return this.#process.pid;
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) this.#process.kill('SIGTERM');
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS);
    await this.#ended;
    clearTimeout(killer);
  }
}
