import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Exercise } from '../exercise.ts';
import type { ServerChoice } from '../job.ts';
import { within } from './processes.ts';

const POLICY = '/etc/lab-policy.yaml';
const CONFIGURATION = '/etc/inetd.conf';
const PATIENCE_MS = 20_000;
const MOST_EVENTS = 2000;

/** An event of the launcher, or a line of the naive inetd as `text`. */
export interface ServerEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** The server under test: the naive inetd, or Portcullis with a policy. */
export class Server {
  readonly #exercise: Exercise;
  readonly #choice: ServerChoice;
  #child: ChildProcess | undefined;
  #ready = false;
  #ended = false;
  #errors = '';
  #events: ServerEvent[] = [];

  constructor(exercise: Exercise, choice: ServerChoice) {
    this.#exercise = exercise;
    this.#choice = choice;
  }

  /** The events since the last start or `forget`, at most 2000. */
  get events(): readonly ServerEvent[] {
    return this.#events;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  forget(): void {
    this.#events = [];
  }

  /** Starts the server. Returns the reason when it does not come up. */
  async start(): Promise<string | undefined> {
    const [program = '', ...args] = this.#command();
    this.#ready = false;
    this.#ended = false;
    this.#errors = '';
    this.#events = [];
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.on('error', (error) => {
      this.#errors += error.message;
      this.#ended = true;
    });
    child.on('exit', () => {
      this.#ended = true;
    });
    child.stderr.on('data', (bytes) => {
      this.#errors = (this.#errors + bytes.toString()).slice(0, 4000);
    });
    let rest = '';
    child.stdout.on('data', (bytes) => {
      const lines = (rest + bytes.toString()).split('\n');
      rest = (lines.pop() ?? '').slice(0, 100_000);
      for (const line of lines) this.#note(line);
    });
    await within(PATIENCE_MS, () => this.#ready || this.#ended);
    if (this.#ready && !this.#ended) return undefined;
    await this.stop();
    return this.#errors.trim() || 'the server did not get ready';
  }

  /** Ends the server with its sessions, as far as they do not end by themselves. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.#ended) return;
    child.kill('SIGTERM');
    if (!(await within(300, () => this.#ended))) child.kill('SIGKILL');
    await within(5000, () => this.#ended);
  }

  #command(): readonly string[] {
    const { service, inetd } = this.#exercise;
    if (this.#choice.kind === 'policy') {
      writeFileSync(POLICY, this.#choice.text, { mode: 0o644 });
      const unprivileged = this.#choice.unprivileged ? ['--unprivileged'] : [];
      return ['/opt/node', '/opt/portcullis/dist/portcullis.js', 'run', '--json', ...unprivileged, POLICY];
    }
    const [program, ...args] = service.run;
    const words = [service.port, 'tcp', inetd.wait ? 'wait' : 'nowait', program, 'service', ...args];
    writeFileSync(CONFIGURATION, `${words.join(' ')}\n`);
    return ['/lab/bin/inetd', ...inetd.options, CONFIGURATION];
  }

  #note(line: string): void {
    const event = this.#choice.kind === 'policy' ? parseEvent(line) : { event: 'text', text: line };
    if (event === undefined) return;
    if (event.event === 'ready' || event['text'] === 'ready') this.#ready = true;
    if (this.#events.length < MOST_EVENTS) this.#events.push(event);
  }
}

function parseEvent(line: string): ServerEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'event') === 'string'
      ? (value as ServerEvent)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Sums events up as evidence: denied calls, refusals, ends by a limit. */
export function evidenceOf(events: readonly ServerEvent[]): readonly string[] {
  const counts = new Map<string, number>();
  const add = (text: string, count = 1): void => {
    counts.set(text, (counts.get(text) ?? 0) + count);
  };
  for (const event of events) {
    switch (event.event) {
      case 'denied':
        add(`denied call ${String(event['call_name'] ?? event['call'])}`);
        break;
      case 'refused':
        add(`refused: ${String(event['reason'])}`, Number(event['count'] ?? 1));
        break;
      case 'failed':
        add(`failed step: ${String(event['step'] ?? event['text'] ?? '')}`);
        break;
      case 'end':
        if (event['cause'] !== 'exit') add(`session ended: ${String(event['cause'])}`);
        else if (event['signal'] !== undefined)
          add(`session ended by ${String(event['signal_name'] ?? `signal ${String(event['signal'])}`)}`);
        break;
      default:
    }
  }
  return [...counts].map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text));
}
