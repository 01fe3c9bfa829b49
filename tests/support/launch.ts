import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finished, finished } from './finished.ts';

const PROGRAM = new URL('../../dist/portcullis.js', import.meta.url).pathname;

/** One line of `portcullis run --json`. */
export type RunEvent = Readonly<Record<string, unknown>> & { readonly event: string };

/** A folder that the test may fill and that is gone afterwards. */
export class TestFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'portcullis-test-'));

  /** Services run as other users, who must get in. */
  constructor() {
    chmodSync(this.path, 0o755);
  }

  write(name: string, text: string, mode = 0o644): string {
    const path = join(this.path, name);
    writeFileSync(path, text, { mode });
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

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

  /** The first event that fits, now or later; fails with everything that was said after ten seconds. */
  async waitFor(fits: (event: RunEvent) => boolean, timeoutMs = 10_000): Promise<RunEvent> {
    const deadline = Date.now() + timeoutMs;
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
    const killer = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
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
    process.execPath,
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
      await running.waitFor(
        () => running.events.filter(({ event }) => event === 'ready').length >= count,
        20_000,
      );
    }
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

/** Runs another command of portcullis to its end. */
export function portcullis(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly uid?: number } = {},
): Promise<Finished> {
  const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const env = options.env ?? { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    ...identity,
  });
  return finished(child);
}

/** Ports are handed out in blocks; the last one ends below 32768, where the kernel's ports for clients begin. */
const FIRST_PORT = 20_000;
const BLOCK_SIZE = 20;
const BLOCKS = 638;

function listenOn(port: number): Server | undefined {
  const server = createServer().on('error', () => undefined);
  // Without a host to look up, the port is taken, or refused, before listen() returns.
  server.listen({ port, exclusive: true });
  return server.address() === null ? undefined : server.unref();
}

let ports: number[] = [];

/** The ports of a block whose first one this process keeps, so that no other process hands out the rest. */
function takeBlock(): number[] {
  for (;;) {
    const first = FIRST_PORT + BLOCK_SIZE * randomInt(BLOCKS);
    if (listenOn(first) !== undefined)
      return Array.from({ length: BLOCK_SIZE - 1 }, (_, index) => first + 1 + index);
  }
}

/** A port that nobody listens on and no other test is given, below the range that the kernel gives to clients. */
export function freePort(): number {
  for (;;) {
    if (ports.length === 0) ports = takeBlock();
    const port = ports.shift() ?? 0;
    const probe = listenOn(port);
    probe?.close();
    if (probe !== undefined) return port;
  }
}

/** Connects to a service on the loopback. */
export function dial(port: number, host = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends, closes the sending half, and reads to the end. */
export async function exchange(port: number, text: string, host = '127.0.0.1'): Promise<string> {
  const socket = await dial(port, host);
  socket.end(text);
  let answer = '';
  for await (const bytes of socket.setEncoding('utf8')) answer += bytes;
  return answer;
}
