import { BenchFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { describeHost } from './host.ts';
import { PORTCULLIS } from './portcullis.ts';
import { growthOf } from './soak/growth.ts';
import type { SoakOptions } from './soak/options.ts';
import { probedCopy } from './soak/probed-copy.ts';
import type { SoakReport } from './soak/report.ts';
import { type Connections, SoakedService } from './soak/soaked-service.ts';

/** So many sessions as the policy has places for. */
const SESSIONS = 256;

/** Samples are taken after each part of the connections. */
const PARTS = 10;

/** The list of the service: more than the kernel takes, so that the gate keeps it. */
function longList(): readonly string[] {
  const networks = Array.from({ length: 3000 }, (_, index) => `10.${index >> 7}.${(index & 127) * 2}.0/24`);
  return [`allow: [127.0.0.0/8, ${networks.join(', ')}]`, 'deny: [127.66.0.0/16]'];
}

/** Serves connections of all kinds and counts what is left of them. Everything is stopped in the end. */
export async function soak(
  options: SoakOptions,
  signal: AbortSignal,
  say: (text: string) => void,
  program: string = PORTCULLIS,
): Promise<SoakReport> {
  const folder = new BenchFolder();
  let service: SoakedService | undefined;
  try {
    folder.addProgram('soak', 'soak/service.c');
    const clients = folder.tool('clients', 'soak/clients.c');
    const port = await freePort();
    const policy = folder.fill('soak/service.yaml', { PORT: port, ROOT: folder.root }, longList());
    const command = [process.execPath, probedCopy(program, folder.path), 'run', '--json', policy];
    service = await SoakedService.start(command, port, clients, signal);
    say(`${options.warmUp} connections to warm up\n`);
    const warming = [await service.hold(SESSIONS), await service.run(0, options.warmUp, options.concurrency)];
    const samples = [await service.sample()];
    const eventsBefore = service.events.all();
    const begin = performance.now();
    const parts: Connections[] = [];
    for (let part = 0; part < PARTS; part++) {
      const [from, to] = [part, part + 1].map((end) => Math.floor((end * options.connections) / PARTS));
      say(`part ${part + 1} of ${PARTS}\n`);
      const start = options.warmUp + (from ?? 0);
      parts.push(await service.run(start, (to ?? 0) - (from ?? 0), options.concurrency));
      samples.push(await service.sample());
    }
    const seconds = (performance.now() - begin) / 1000;
    return {
      host: describeHost(),
      options,
      samples,
      growth: growthOf(samples, options.connections),
      connections: added(parts, warming),
      seconds,
      events: since(eventsBefore, service.events.all()),
    };
  } finally {
    await service?.stop();
    folder[Symbol.dispose]();
  }
}

/** The connections of all parts; those of the warm-up count only where they went wrong. */
function added(parts: readonly Connections[], warming: readonly Connections[]): Connections {
  const kinds: Record<string, number> = {};
  for (const part of parts)
    for (const [kind, count] of Object.entries(part.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count;
  const all = [...warming, ...parts];
  const wrong = all.reduce((sum, part) => sum + part.wrong, 0);
  return { wrong, failure: all.find(({ failure }) => failure !== '')?.failure ?? '', kinds };
}

function since(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const differences = Object.entries(after).map(([name, count]): [string, number] => [
    name,
    count - (before[name] ?? 0),
  ]);
  return Object.fromEntries(differences.filter(([, count]) => count > 0));
}
