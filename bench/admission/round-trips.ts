import type { BenchFolder } from '../folder.ts';
import { freePort } from '../free-port.ts';
import type { Load } from '../load.ts';
import { Running } from '../running.ts';
import { allowLine, gateCommand } from './guarded-servers.ts';

/** A gate whose service echoes, and the median of the round trips of each round. */
export class EchoListener {
  /** Prefixes in its list. */
  readonly prefixes: number;
  readonly tripUs: number[] = [];
  readonly #port: number;
  readonly #load: Load;

  private constructor(prefixes: number, port: number, load: Load) {
    this.prefixes = prefixes;
    this.#port = port;
    this.#load = load;
  }

  static async start(
    prefixes: number,
    folder: BenchFolder,
    load: Load,
    running: Set<Running>,
  ): Promise<EchoListener> {
    folder.addProgram('echo', 'echo.c');
    const port = await freePort();
    const lines = ['limits: { sessions: 16, time: unlimited, drain: 1s }'];
    if (prefixes > 0) lines.push(allowLine({ address: '127.0.0.1', allowed: ['127'] }));
    const command = gateCommand(folder, port, '/echo', '127.0.0.1', lines);
    const answers = async () => (await load.trips(port, 1)).failures === 0;
    await Running.start('gate-built', port, command, running, answers);
    return new EchoListener(prefixes, port, load);
  }

  async measure(trips: number): Promise<void> {
    const { failures, failure, p50_us } = await this.#load.trips(this.#port, trips);
    if (failures > 0) throw new Error(`with ${this.prefixes} prefixes: ${failure}`);
    this.tripUs.push(p50_us);
  }
}
