import { type ChildProcess, spawn } from 'node:child_process';
import { PATIENCE_MS } from './patience.ts';

/** What the shell of a terminal prints before each command. */
export const PROMPT = 'prompt> ';

/** How long nothing that was waited for may come. */
/** An interactive shell on a terminal of its own, which script(1) makes: what is typed, and what is shown. */
export class Terminal {
  readonly #script: ChildProcess;
  readonly #closed: Promise<void>;
  #shown = '';
  #read = 0;
  #wake: () => void = () => undefined;

  private constructor() {
    // Without its own line editor the shell leaves the echo to the terminal.
    const shell = 'exec bash --noprofile --norc --noediting -i';
    this.#script = spawn('script', ['-qfec', shell, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: '/usr/bin:/bin', PS1: PROMPT, SHELL: '/bin/sh', TERM: 'dumb' },
    });
    this.#script.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text.replaceAll('\r\n', '\n');
      this.#wake();
    });
    this.#closed = new Promise((resolve) => this.#script.on('close', () => resolve()));
  }

  static async open(): Promise<Terminal> {
    const terminal = new Terminal();
    await terminal.shows(PROMPT);
    return terminal;
  }

  /** Characters as a keyboard sends them: `\x1a` is Ctrl-Z. */
  type(text: string): void {
    this.#script.stdin?.write(text);
  }

  /** Waits until this is shown, behind what was waited for before, and returns what stood between. */
  async shows(text: string): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const at = this.#shown.indexOf(text, this.#read);
      if (at !== -1) {
        const between = this.#shown.slice(this.#read, at);
        this.#read = at + text.length;
        return between;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`'${text}' is not shown: ${JSON.stringify(this.#shown)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Runs a command to its end and returns what it showed. */
  async run(command: string): Promise<string> {
    this.type(`${command}\n`);
    await this.shows(`${command}\n`);
    return this.shows(PROMPT);
  }

  /** Hangs up: the terminal's own processes end with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#script.kill('SIGKILL');
    await this.#closed;
  }
}
