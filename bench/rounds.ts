import { describeHost } from './host.ts';
import type { RoundsOptions } from './rounds/options.ts';
import { withPackages } from './rounds/packages.ts';
import { RoundsFolder } from './rounds/place.ts';
import type { RoundsReport } from './rounds/report.ts';
import { RoundsBench, type RoundsOf } from './rounds/rounds.ts';
import { SERVICES } from './rounds/services.ts';
import type { Serving } from './rounds/serving.ts';

/** Counts the rounds of every service. When `signal` aborts, or something fails, all that was started is stopped first. */
export async function benchRounds(
  options: RoundsOptions,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<RoundsReport> {
  using folder = new RoundsFolder();
  const running = new Set<Serving>();
  try {
    const wanted = SERVICES.filter(({ name }) => options.only.includes(name));
    const bench = new RoundsBench(folder, running, signal);
    const found = withPackages(wanted, folder, options.install, say);
    const waiting = [...found.entries()];
    const services: RoundsOf[] = [];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [place, service] = next;
        signal.throwIfAborted();
        const measured = await bench.measure(service).catch((error: unknown): RoundsOf => {
          signal.throwIfAborted();
          return failed(service.name, error);
        });
        const { rounds, stuck } = measured;
        say(`${service.name}: ${rounds === undefined ? stuck?.reason : `${rounds} rounds`}\n`);
        services[place] = measured;
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: options.jobs }, work));
    for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
    return { host: describeHost(), options, services };
  } finally {
    await Promise.all([...running].map((serving) => serving.stop(running)));
  }
}

/** A service that could not be started says so; the others are measured nevertheless. */
function failed(name: string, error: unknown): RoundsOf {
  const reason = error instanceof Error ? error.message : String(error);
  return { name, steps: [], opened: [], unused: [], stuck: { reason, events: [], heard: '' } };
}
