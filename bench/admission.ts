import { Contestant } from './admission/contestant.ts';
import { type FloodedServer, floodServer } from './admission/flood.ts';
import { GUARDED_SERVERS, type GuardedServer } from './admission/guarded-servers.ts';
import { Networks } from './admission/networks.ts';
import type { AdmissionOptions } from './admission/options.ts';
import { PREFIXES } from './admission/prefixes.ts';
import type { AdmissionReport, GuardedRate } from './admission/report.ts';
import { EchoListener } from './admission/round-trips.ts';
import { BenchFolder } from './folder.ts';
import { describeHost } from './host.ts';
import { Load } from './load.ts';
import { findProgram, packageVersion } from './program.ts';
import { rotated } from './rotated.ts';
import type { Running } from './running.ts';

/** Measures connections, round trips and floods. When `signal` aborts, or something fails, all that was started is stopped first. */
export async function benchAdmission(
  options: AdmissionOptions,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<AdmissionReport> {
  const isThere = ({ programs }: GuardedServer) =>
    programs.every((program) => findProgram(program, options.peers) !== undefined);
  const wanted = GUARDED_SERVERS.filter(({ name }) => options.only.includes(name));
  const servers = wanted.filter(isThere);
  const missing = wanted.filter((server) => !isThere(server)).map(({ name, install }) => ({ name, install }));
  for (const { name, install } of missing) say(`${name} is not there and is left out: ${install}\n`);
  const folder = new BenchFolder();
  const running = new Set<Running>();
  const path = (program: string) => findProgram(program, options.peers) ?? program;
  try {
    const load = new Load(folder.load, signal);
    const contestants: Contestant[] = [];
    for (const server of servers)
      for (const guard of guardsOf(server))
        contestants.push(await Contestant.start(server, guard, path, folder, running));
    const listeners: EchoListener[] = [];
    for (const prefixes of [0, PREFIXES])
      listeners.push(await EchoListener.start(prefixes, folder, load, running));
    for (let round = 0; round < options.rounds; round++) {
      say(`round ${round + 1} of ${options.rounds}\n`);
      for (const contestant of rotated(contestants, round))
        await contestant.measure(load, options.concurrency, options.connections);
      for (const listener of rotated(listeners, round)) await listener.measure(options.trips);
    }
    const floods = await floodAll(servers, path, options.flood, folder, running, signal, say);
    return {
      host: describeHost(),
      options,
      rates: servers.map((server) => ratesOf(server, contestants)),
      trips: listeners.map(({ prefixes, tripUs }) => ({ prefixes, tripUs })),
      floods,
      missing,
    };
  } finally {
    await Promise.all([...running].map((server) => server.stop()));
    folder[Symbol.dispose]();
  }
}

/** Those of a server that has some, and none. */
function guardsOf({ guards }: GuardedServer) {
  return guards === '' ? (['off'] as const) : (['off', 'on'] as const);
}

function ratesOf(
  { name, guards, debianPackage }: GuardedServer,
  contestants: readonly Contestant[],
): GuardedRate {
  const version = debianPackage === undefined ? undefined : packageVersion(debianPackage);
  const perSecond = (wanted: string) =>
    contestants.find((contestant) => contestant.name === name && contestant.guard === wanted)?.perSecond;
  const [off = [], on] = [perSecond('off'), perSecond('on')];
  return {
    name,
    guards,
    off,
    ...(on === undefined ? {} : { on }),
    ...(version === undefined ? {} : { version }),
  };
}

/** One server after the other, in a network of its own and of its clients. */
async function floodAll(
  servers: readonly GuardedServer[],
  path: (program: string) => string,
  count: number,
  folder: BenchFolder,
  running: Set<Running>,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<readonly FloodedServer[]> {
  const flood = folder.tool('flood', 'admission/flood.c');
  using networks = await Networks.open();
  const floods: FloodedServer[] = [];
  for (const server of servers.filter(({ guards }) => guards !== '')) {
    say(`a flood against ${server.name}\n`);
    floods.push(
      await floodServer(server, path, networks, { program: flood, count }, folder, running, signal),
    );
  }
  return floods;
}
