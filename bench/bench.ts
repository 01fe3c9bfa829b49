import { BenchFolder } from './folder.ts';
import { describeHost } from './host.ts';
import { Load } from './load.ts';
import { measure } from './measure.ts';
import type { Options } from './options.ts';
import { findProgram } from './program.ts';
import type { Report } from './report.ts';
import type { Running } from './running.ts';
import type { Server } from './server.ts';
import { SERVERS } from './servers.ts';
import { judgeAll } from './targets.ts';

/** Runs the whole benchmark. When `signal` aborts, or something fails, all that was started is stopped first. */
export async function bench(
  options: Options,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Report> {
  const wanted = SERVERS.filter(({ name }) => options.only.includes(name));
  const find = (program: string) => findProgram(program, options.peers);
  const isThere = ({ programs }: Server) => programs.every((program) => find(program) !== undefined);
  const found = wanted
    .filter(isThere)
    .map((server) => ({ server, path: (name: string) => find(name) ?? name }));
  const missing = wanted.filter((server) => !isThere(server)).map(({ name, install }) => ({ name, install }));
  for (const { name, install } of missing) say(`${name} is not there and is left out: ${install}\n`);
  const folder = new BenchFolder();
  const running = new Set<Running>();
  try {
    const load = new Load(folder.load, signal);
    const servers = await measure(found, options, folder, load, running, say);
    const gate = servers.find(({ name }) => name === 'gate');
    const inner = gate?.memory.find(({ process }) => process === 'inner gate');
    const valid = servers.filter(({ failures }) => failures === 0);
    const verdicts = judgeAll(new Map(valid.map((server) => [server.name, server])), inner?.rssKb);
    return { host: describeHost(), options, servers, missing, verdicts };
  } finally {
    await Promise.all([...running].map((server) => server.stop()));
    folder[Symbol.dispose]();
  }
}
