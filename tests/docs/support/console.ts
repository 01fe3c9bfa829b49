import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { PATIENCE_MS } from '../../support/patience.ts';
import { NODE, PROGRAM } from '../../support/portcullis.ts';
import { busyboxInPlace } from '../../support/static-busybox.ts';

/** Ends what a command printed. */
const MARK = '\u001e';

/** A command of a page, and the lines that the page shows below it. */
export interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** A console block: `# ` begins a command, `> ` continues it, all else is what it prints. */
export function commandsOf(block: string): readonly Shown[] {
  const commands: { command: string; output: string[] }[] = [];
  for (const line of block.trimEnd().split('\n')) {
    const last = commands.at(-1);
    if (line.startsWith('# ')) commands.push({ command: line.slice(2), output: [] });
    else if (last === undefined)
      throw new Error(`expected a command, which begins with '# ', found: ${line}`);
    else if (line.startsWith('> ')) last.command += `\n${line.slice(2)}`;
    else last.output.push(line);
  }
  return commands;
}

/**
 * Root's shell on a machine like a reader's: no network but its own, no process but its own, /srv and /opt empty. All that
 * it starts ends with it.
 */
export class Console {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'portcullis-console-'));
  readonly #shell: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<void>;
  #printed = '';
  #wake: () => void = () => undefined;

  constructor() {
    this.#program('portcullis', `exec '${NODE}' '${PROGRAM}' "$@"`);
    this.#program('nc', 'exec busybox nc "$@"');
    const namespaces = ['--net', '--mount', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc'];
    this.#shell = spawn('unshare', [...namespaces, 'bash', '--noprofile', '--norc'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        PATH: `${this.#folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        LC_ALL: 'C',
      },
    });
    this.#ended = new Promise((resolve) => this.#shell.on('close', () => resolve()));
    this.#shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
      this.#wake();
    });
    for (const line of [
      'exec 2>&1',
      'umask 022',
      'ip link set lo up',
      'for path in /srv /opt; do mount -t tmpfs -o mode=755 none $path; done',
      busyboxInPlace(),
      'mkdir /srv/page; cd /srv/page',
    ])
      this.#shell.stdin.write(`${line}\n`);
  }

  #program(name: string, line: string): void {
    mkdirSync(join(this.#folder, 'bin'), { recursive: true });
    writeFileSync(join(this.#folder, 'bin', name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }

  write(name: string, text: string): Promise<readonly string[]> {
    return this.run({ command: `cat > '${name}' <<'END OF FILE'\n${text}END OF FILE`, output: [] });
  }

  /** What a command prints; of one in the background, as many lines as the page shows. */
  async run({ command, output }: Shown): Promise<readonly string[]> {
    const background = command.endsWith('&');
    this.#shell.stdin.write(`${command}\nprintf '${MARK}\\n'\n`);
    const isComplete = (): boolean =>
      this.#printed.includes(`${MARK}\n`) &&
      (!background || this.#printed.split('\n').length > output.length + 1);
    const deadline = Date.now() + PATIENCE_MS;
    while (!isComplete()) {
      if (Date.now() >= deadline) throw new Error(`'${command}' has not ended; it printed: ${this.#printed}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const lines = this.#printed.replace(`${MARK}\n`, '').split('\n').slice(0, -1);
    this.#printed = '';
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its death ends the first process of the namespace, and with it every other.
    this.#shell.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
