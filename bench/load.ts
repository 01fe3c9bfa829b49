import { outputOf } from './output.ts';
import { LINE } from './running.ts';

interface Tally {
  readonly connections: number;
  readonly failures: number;
  /** The failure of the first connection that failed. */
  readonly failure?: string;
}

export interface Rate extends Tally {
  readonly seconds: number;
  readonly per_second: number;
}

export interface Latency extends Tally {
  readonly p50_us: number;
  readonly p90_us: number;
  readonly p99_us: number;
}

export interface Next extends Tally {
  readonly next_us: number;
}

/** As many connections as are reset before the next one is measured. */
export const RESETS = 1500;

/** The load generator, on a server of this host. */
export class Load {
  readonly #program: string;
  /** Stops the measurement. */
  readonly signal: AbortSignal;

  constructor(program: string, signal: AbortSignal) {
    this.#program = program;
    this.signal = signal;
  }

  /** Ends after these seconds or this many connections; 0 is no limit. */
  rate(port: number, concurrency: number, seconds: number, count: number): Promise<Rate> {
    return this.#run(port, ['rate', concurrency, seconds, count]);
  }

  latency(port: number, count: number): Promise<Latency> {
    return this.#run(port, ['latency', count]);
  }

  /** Round trips of the line on one connection, to a server that answers with what it reads. */
  trips(port: number, count: number): Promise<Latency> {
    return this.#run(port, ['trips', count]);
  }

  /** The next connection after `RESETS` that were reset. */
  afterResets(port: number): Promise<Next> {
    return this.#run(port, ['resets', RESETS]);
  }

  async #run<Answer>(port: number, args: readonly (string | number)[]): Promise<Answer> {
    const words = ['127.0.0.1', `${port}`, LINE, ...args.map(String)];
    const { status, text } = await outputOf(this.#program, words, this.signal);
    if (status !== 0 && status !== 1) throw new Error(`the load generator ended with status ${status}`);
    return JSON.parse(text) as Answer;
  }
}
