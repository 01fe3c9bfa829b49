import { readFileSync, writeFileSync } from 'node:fs';
import { plot } from './plot.ts';
import { HEADINGS, type Report, rows } from './report.ts';
import { ratio } from './targets.ts';

const PAGE = new URL('../docs/benchmarks.md', import.meta.url);
const PLOT = new URL('../docs/benchmarks.svg', import.meta.url);

/** What a run writes stands between these lines of the page. */
const BEGIN = '<!-- measured -->';
const END = '<!-- end of measured -->';

function table(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  return [headings, headings.map(() => '---'), ...lines].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** The part of the page that a run replaces. */
export function measuredPart(report: Report): string {
  const { host, options, servers, missing, verdicts } = report;
  const versions = servers.flatMap(({ name, version }) =>
    version === undefined ? [] : [`${name} ${version}`],
  );
  const judged = verdicts.map(({ target, found, reached }) => [
    target,
    found ?? 'not measured',
    reached === undefined ? '' : reached ? 'reached' : 'not reached',
  ]);
  const absent = missing.map(({ name }) => name).join(', ');
  return [
    `Measured on ${host.date}: ${host.processor}, ${host.cores} cores, Linux ${host.kernel}, ${host.libc}, Node ${host.node}.\n`,
    `${options.rounds} rounds, ${options.seconds} s at ${options.concurrency} connections and ${options.connections} single connections in each.\n`,
    versions.length > 0 ? `Versions: ${versions.join(', ')}.\n` : '',
    absent === '' ? '' : `Not there, so not measured: ${absent}.\n`,
    `\n${table(HEADINGS, rows(report))}\n`,
    table(['target for the gate', 'found', ''], judged),
  ].join('');
}

/** Replaces the numbers of docs/benchmarks.md and its plot. */
export function writePage(report: Report): void {
  const text = readFileSync(PAGE, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/benchmarks.md: expected the lines ${BEGIN} and ${END}, found none`);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${measuredPart(report)}\n${END}${after}`);
  const bare = report.servers.find(({ name }) => name === 'bare');
  if (bare === undefined) return;
  const bars = report.servers.map(({ name, perSecond }) => ({
    name,
    value: ratio(perSecond, bare.perSecond),
  }));
  writeFileSync(PLOT, plot('connections per second, as a multiple of the bare loop', bars));
}
