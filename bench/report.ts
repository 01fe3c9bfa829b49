import type { Host } from './host.ts';
import { RESETS } from './load.ts';
import type { ProcessMemory } from './memory.ts';
import type { Options } from './options.ts';
import type { Started } from './starts.ts';
import { type Spread, spread } from './statistics.ts';
import type { Rounds, Verdict } from './targets.ts';
import { ratio } from './targets.ts';

export interface Measured extends Rounds {
  readonly name: string;
  readonly version?: string;
  readonly connections: number;
  readonly failures: number;
  readonly failure?: string;
  /** Empty where it is not measured. */
  readonly afterResetsUs: readonly number[];
  readonly memory: readonly ProcessMemory[];
  readonly startMs: readonly number[];
}

export interface Report {
  readonly host: Host;
  readonly options: Options;
  readonly servers: readonly Measured[];
  readonly starts: readonly Started[];
  /** Servers and launchers that were asked for and are not there. */
  readonly missing: readonly { readonly name: string; readonly install: string }[];
  readonly verdicts: readonly Verdict[];
}

function round(value: number): string {
  return value.toFixed(0);
}

function cell({ median, min, max }: Spread): string {
  return `${round(median)} (${round(min)}-${round(max)})`;
}

function milliseconds({ median, min, max }: Spread): string {
  return `${(median / 1000).toFixed(2)} (${(min / 1000).toFixed(2)}-${(max / 1000).toFixed(2)})`;
}

export const HEADINGS: readonly string[] = [
  'server',
  'connections/s',
  'x bare',
  'gate x',
  'first byte, us',
  `after ${RESETS} resets, ms`,
  'start, ms',
  'idle Rss/Pss, KB',
];

/** One row a server, in the order of the headings. */
export function rows({ servers }: Report): readonly (readonly string[])[] {
  const find = (name: string) => servers.find((server) => server.name === name);
  const quotient = (a?: Measured, b?: Measured) =>
    a === undefined || b === undefined ? '' : ratio(a.perSecond, b.perSecond).toFixed(2);
  return servers.map((server) => [
    server.name,
    server.failures > 0 ? `invalid: ${server.failures} failed` : cell(spread(server.perSecond)),
    quotient(server, find('bare')),
    quotient(find('gate'), server),
    cell(spread(server.firstByteUs)),
    server.afterResetsUs.length > 0 ? milliseconds(spread(server.afterResetsUs)) : '',
    cell(spread(server.startMs)),
    server.memory.map(({ process, rssKb, pssKb }) => `${process} ${rssKb}/${pssKb}`).join(', '),
  ]);
}

export const START_HEADINGS: readonly string[] = ['launcher', 'start to end, ms', 'x exec', 'built x'];

/** One row a launcher, in the order of the headings. */
export function startRows({ starts }: Report): readonly (readonly string[])[] {
  const find = (name: string) => starts.find((started) => started.name === name && !started.failed);
  const quotient = (a?: Started, b?: Started) =>
    a === undefined || b === undefined || a.failed || b.failed ? '' : ratio(a.startUs, b.startUs).toFixed(2);
  return starts.map((started) => [
    started.name,
    started.failed ? 'invalid: it did not start the program' : milliseconds(spread(started.startUs)),
    quotient(started, find('exec')),
    quotient(find('built'), started),
  ]);
}

/** Returns whether every connection got the right answer and every launcher did its work. */
export function isValid({ servers, starts }: Report): boolean {
  return servers.every(({ failures }) => failures === 0) && starts.every(({ failed }) => !failed);
}

/** The lines of a table for a terminal. */
export function aligned(
  headings: readonly string[],
  lines: readonly (readonly string[])[],
): readonly string[] {
  if (lines.length === 0) return [];
  const table = [headings, ...lines];
  const widths = headings.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const padded = table.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...padded, ''];
}

/** For a terminal: medians, with the least and the most in parentheses. */
export function reportText(report: Report): string {
  const lines = [...aligned(HEADINGS, rows(report)), ...aligned(START_HEADINGS, startRows(report))];
  const failures = report.servers.flatMap(({ name, failures, connections, failure }) =>
    failures > 0
      ? [`${name}: ${failures} of ${connections} connections failed, the first one: ${failure}`]
      : [],
  );
  const verdicts = report.verdicts.map(({ target, found, reached }) =>
    found === undefined ? `- ${target}: not measured` : `${reached ? 'v' : 'x'} ${target}: ${found}`,
  );
  const missing = report.missing.map(({ name, install }) => `${name} is not there: ${install}`);
  return [...lines, ...verdicts, ...missing, ...failures, ''].join('\n');
}
