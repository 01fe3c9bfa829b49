import type { BenchFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import type { Latency, Load, Next, Rate } from './load.ts';
import { idleMemory, type ProcessMemory } from './memory.ts';
import type { Options } from './options.ts';
import { packageVersion } from './program.ts';
import type { Measured } from './report.ts';
import { rotated } from './rotated.ts';
import { Running } from './running.ts';
import type { Server } from './server.ts';

/** A server that is there, and where its programs are. */
export interface Found {
  readonly server: Server;
  readonly path: (program: string) => string;
}

/** Everything that happens to one server, round after round. */
class Contestant {
  readonly found: Found;
  readonly running: Running;
  readonly memory: readonly ProcessMemory[];
  readonly startMs: number[];
  readonly rates: Rate[] = [];
  readonly latencies: Latency[] = [];
  readonly nexts: Next[] = [];

  constructor(found: Found, running: Running, startMs: number, memory: readonly ProcessMemory[]) {
    this.found = found;
    this.running = running;
    this.memory = memory;
    this.startMs = [startMs];
  }

  result(): Measured {
    const { name, debianPackage } = this.found.server;
    const version = debianPackage === undefined ? undefined : packageVersion(debianPackage);
    const tallies = [...this.rates, ...this.latencies, ...this.nexts];
    const failure = tallies.find((tally) => tally.failure !== undefined)?.failure;
    return {
      name,
      ...(version === undefined ? {} : { version }),
      connections: tallies.reduce((sum, tally) => sum + tally.connections, 0),
      failures: tallies.reduce((sum, tally) => sum + tally.failures, 0),
      ...(failure === undefined ? {} : { failure }),
      perSecond: this.rates.map((rate) => rate.per_second),
      firstByteUs: this.latencies.map((latency) => latency.p50_us),
      afterResetsUs: this.nexts.map((next) => next.next_us),
      memory: this.memory,
      startMs: this.startMs,
    };
  }
}

async function start(found: Found, folder: BenchFolder, load: Load, running: Set<Running>) {
  load.signal.throwIfAborted();
  const port = await freePort();
  const command = found.server.command(folder, port, found.path);
  return Running.start(found.server.name, port, command, running);
}

/** The number of starts of each server: the first for its load, the others only for their time. */
const STARTS = 5;

/**
 * Measures one server at a time, while all of them run. A server is in `running` from its start until it is stopped.
 */
export async function measure(
  servers: readonly Found[],
  options: Options,
  folder: BenchFolder,
  load: Load,
  running: Set<Running>,
  say: (text: string) => void,
): Promise<readonly Measured[]> {
  const contestants: Contestant[] = [];
  for (const found of servers) {
    const { server, startMs } = await start(found, folder, load, running);
    const memory = await idleMemory(found.server.name, server.pid);
    contestants.push(new Contestant(found, server, startMs, memory));
  }
  for (let round = 0; round < options.rounds; round++) {
    say(`round ${round + 1} of ${options.rounds}\n`);
    for (const { found, running: server, rates, latencies, nexts } of rotated(contestants, round)) {
      rates.push(
        await load.rate(
          server.port,
          options.concurrency,
          options.seconds,
          options.seconds ? 0 : options.connections,
        ),
      );
      latencies.push(await load.latency(server.port, options.connections));
      if (found.server.hasLongQueue) nexts.push(await load.afterResets(server.port));
    }
  }
  for (let count = 1; count < Math.min(STARTS, options.rounds); count++) {
    for (const { found, startMs } of contestants) {
      const again = await start(found, folder, load, running);
      startMs.push(again.startMs);
      await again.server.stop();
      running.delete(again.server);
    }
  }
  return contestants.map((contestant) => contestant.result());
}
