import { writeFileSync } from 'node:fs';
import { bench } from './bench.ts';
import { FILTER_HELP, readFilterOptions } from './filter-options.ts';
import { filterReportText } from './filter-report.ts';
import { benchFilters } from './filters.ts';
import { benchIdle } from './idle.ts';
import { IDLE_HELP, readIdleOptions } from './idle-options.ts';
import { idleReportText } from './idle-report.ts';
import { HELP, readOptions, UsageError } from './options.ts';
import { writeFilters, writeIdle, writePage, writeRounds } from './page.ts';
import { isValid, reportText } from './report.ts';
import { ROUNDS_HELP, readRoundsOptions } from './rounds/options.ts';
import { roundsText } from './rounds/report.ts';
import { benchRounds } from './rounds.ts';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());

async function mainOfFilters(args: readonly string[]): Promise<number> {
  const options = readFilterOptions(args);
  if (options === undefined) {
    process.stdout.write(FILTER_HELP);
    return 0;
  }
  if (process.arch !== 'x64')
    throw new UsageError('the profile that filters are made of is one of x86-64; run it there');
  const report = await benchFilters(options, abort.signal);
  process.stdout.write(filterReportText(report));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (options.write) writeFilters(report);
  return 0;
}

function requireRoot(): void {
  if (process.getuid?.() !== 0)
    throw new UsageError('needs root, because the servers change to other users; run it with sudo');
}

async function mainOfIdle(args: readonly string[]): Promise<number> {
  const options = readIdleOptions(args);
  if (options === undefined) {
    process.stdout.write(IDLE_HELP);
    return 0;
  }
  requireRoot();
  const report = await benchIdle(options, abort.signal, (text) => process.stderr.write(text));
  process.stdout.write(idleReportText(report));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (options.write) writeIdle(report);
  return 0;
}

async function mainOfRounds(args: readonly string[]): Promise<number> {
  const options = readRoundsOptions(args);
  if (options === undefined) {
    process.stdout.write(ROUNDS_HELP);
    return 0;
  }
  requireRoot();
  const report = await benchRounds(options, abort.signal, (text) => process.stderr.write(text));
  process.stdout.write(roundsText(report));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (options.write) writeRounds(report);
  return 0;
}

async function main(): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'filters') return mainOfFilters(rest);
  if (command === 'idle') return mainOfIdle(rest);
  if (command === 'rounds') return mainOfRounds(rest);
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  requireRoot();
  const report = await bench(options, abort.signal, (text) => process.stderr.write(text));
  process.stdout.write(reportText(report));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (options.write && isValid(report)) writePage(report);
  return isValid(report) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!abort.signal.aborted)
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = abort.signal.aborted ? 130 : 1;
}
