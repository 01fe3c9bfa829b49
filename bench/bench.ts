import { BenchFolder } from './folder.ts';
import { describeHost } from './host.ts';
import type { Launcher } from './launcher.ts';
import { LAUNCHERS } from './launchers.ts';
import { Load } from './load.ts';
import { measure } from './measure.ts';
import type { Options } from './options.ts';
import { findProgram } from './program.ts';
import type { Report } from './report.ts';
import type { Running } from './running.ts';
import type { Server } from './server.ts';
import { SERVERS } from './servers.ts';
import { measureStarts } from './starts.ts';
import { judgeAll } from './targets.ts';

/** Runs the whole benchmark. When `signal` aborts, or something fails, all that was started is stopped first. */
export async function bench(
  options: Options,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Report> {
  const isWanted = ({ name }: Server | Launcher) => options.only.includes(name);
  const find = (program: string) => findProgram(program, options.peers);
  const path = (program: string) => find(program) ?? program;
  const isThere = ({ programs }: Server | Launcher) =>
    programs.every((program) => find(program) !== undefined);
  const found = SERVERS.filter(isWanted)
    .filter(isThere)
    .map((server) => ({ server, path }));
  const launchers = LAUNCHERS.filter(isWanted)
    .filter(isThere)
    .map((launcher) => ({ launcher, path }));
  const missing = [...SERVERS, ...LAUNCHERS]
    .filter((one) => isWanted(one) && !isThere(one))
    .map(({ name, install }) => ({ name, install }));
  for (const { name, install } of missing) say(`${name} is not there and is left out: ${install}\n`);
  const folder = new BenchFolder();
  const running = new Set<Running>();
  try {
    const load = new Load(folder.load, signal);
    const servers = await measure(found, options, folder, load, running, say);
    const starts = await measureStarts(launchers, options, folder, signal);
    const gate = servers.find(({ name }) => name === 'gate');
    const inner = gate?.memory.find(({ process }) => process === 'inner gate');
    const valid = servers.filter(({ failures }) => failures === 0);
    const verdicts = judgeAll(new Map(valid.map((server) => [server.name, server])), inner?.rssKb);
    return { host: describeHost(), options, servers, starts, missing, verdicts };
  } finally {
    await Promise.all([...running].map((server) => server.stop()));
    folder[Symbol.dispose]();
  }
}
