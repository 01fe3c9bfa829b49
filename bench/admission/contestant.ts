import type { BenchFolder } from '../folder.ts';
import { freePort } from '../free-port.ts';
import type { Load } from '../load.ts';
import { Running } from '../running.ts';
import type { Guard, GuardedServer } from './guarded-servers.ts';

/** A server without its guards or with them, and its connections per second in each round. */
export class Contestant {
  readonly name: string;
  readonly guard: Guard;
  readonly perSecond: number[] = [];
  readonly #port: number;

  private constructor(name: string, guard: Guard, port: number) {
    this.name = name;
    this.guard = guard;
    this.#port = port;
  }

  static async start(
    server: GuardedServer,
    guard: Guard,
    path: (program: string) => string,
    folder: BenchFolder,
    running: Set<Running>,
  ): Promise<Contestant> {
    const port = await freePort();
    const place = { address: '127.0.0.1', allowed: ['127'] };
    await Running.start(server.name, port, server.command(folder, port, path, place, guard), running);
    return new Contestant(server.name, guard, port);
  }

  async measure(load: Load, concurrency: number, connections: number): Promise<void> {
    const rate = await load.rate(this.#port, concurrency, 0, connections);
    if (rate.failures > 0) throw new Error(`${this.name}, guards ${this.guard}: ${rate.failure}`);
    this.perSecond.push(rate.per_second);
  }
}
