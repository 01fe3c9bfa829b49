import { readFileSync, writeFileSync } from 'node:fs';
import {
  type AdmissionReport,
  admissionVerdicts,
  FLOOD_HEADINGS,
  floodRows,
  RATE_HEADINGS,
  rateRows,
  TRIP_HEADINGS,
  tripRows,
} from './admission/report.ts';
import { FILTER_HEADINGS, filterRows } from './filter-report.ts';
import type { FilterReport } from './filters.ts';
import type { IdleReport } from './idle.ts';
import { IDLE_HEADINGS, idleRows } from './idle-report.ts';
import {
  FORGED_HEADINGS,
  forgedRows,
  MANY_HEADINGS,
  manyRows,
  PEER_HEADINGS,
  type PeersReport,
  peersVerdicts,
  peerTripRows,
} from './peers/report.ts';
import { plot } from './plot.ts';
import { HEADINGS, type Report, rows, START_HEADINGS, startRows } from './report.ts';
import { ROUNDS_HEADINGS, type RoundsReport, roundsRows, verdicts } from './rounds/report.ts';
import { counted, GROWTH_HEADINGS, growthRows, type SoakReport } from './soak/report.ts';
import { ratio } from './targets.ts';

const PAGE = new URL('../docs/benchmarks.md', import.meta.url);
const PLOT = new URL('../docs/benchmarks.svg', import.meta.url);

/** Marks of the page: the output of a run stands between two such lines. */
const MEASURED = 'measured';
const STARTS = 'starts';
const FILTERS = 'filters';
const IDLE = 'idle';
const ROUNDS = 'rounds';
const ADMISSION = 'admission';
const SOAK = 'soak';
const PEERS = 'peers';

function table(headings: readonly string[], lines: readonly (readonly string[])[]): string {
  return [headings, headings.map(() => '---'), ...lines].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** The bars of a section, each with the number that was found. */
function judged(verdicts: readonly (readonly [target: string, found: string, reached: boolean])[]): string {
  const lines = verdicts.map(([target, found, reached]) => [
    target,
    found,
    reached ? 'reached' : 'not reached',
  ]);
  return table(['target', 'found', ''], lines);
}

/** The part of the page that a run replaces. */
export function measuredPart(report: Report): string {
  const { host, options, servers, starts, missing, verdicts } = report;
  const versions = [...servers, ...starts].flatMap(({ name, version }) =>
    version === undefined ? [] : [`${name} ${version}`],
  );
  const lines = verdicts.map(({ target, found, reached }) => [
    target,
    found ?? 'not measured',
    reached === undefined ? '' : reached ? 'reached' : 'not reached',
  ]);
  const absent = missing.map(({ name }) => name).join(', ');
  return [
    `Measured on ${host.date}: ${host.processor}, ${host.cores} cores, Linux ${host.kernel}, ${host.libc}, Node ${host.node}.\n`,
    `${options.rounds} rounds, ${options.seconds} s at ${options.concurrency} connections and ${options.connections} single connections in each, ${options.starts} starts of each launcher.\n`,
    versions.length > 0 ? `Versions: ${versions.join(', ')}.\n` : '',
    absent === '' ? '' : `Not there, so not measured: ${absent}.\n`,
    `\n${table(HEADINGS, rows(report))}\n`,
    table(['target for the gate', 'found', ''], lines),
  ].join('');
}

/** The second part: the cost of starting a program. */
export function startsPart(report: Report): string {
  return table(START_HEADINGS, startRows(report));
}

/** The section on filters. */
export function filtersPart(report: FilterReport): string {
  const { host, options, missing, libseccomp } = report;
  return [
    `Measured on ${host.date}: ${host.processor}, ${host.cores} cores, Linux ${host.kernel}, Node ${host.node}`,
    `${libseccomp === undefined ? '' : `, libseccomp ${libseccomp}`}.\n`,
    `${options.rounds} rounds, ${options.installs} installations and ${options.calls} calls of each kind in each.\n`,
    missing.length === 0 ? '' : `Not there, so not measured: ${missing.join(', ')}.\n`,
    `\n${table(FILTER_HEADINGS, filterRows(report))}`,
  ].join('');
}

/** Replaces the numbers of the section on filters in docs/benchmarks.md. */
export function writeFilters(report: FilterReport): void {
  writeFileSync(PAGE, replacePart(readFileSync(PAGE, 'utf8'), FILTERS, filtersPart(report)));
}

/** The section on sessions that wait. */
export function idlePart(report: IdleReport): string {
  const { host, options } = report;
  return [
    `Measured on ${host.date}: ${host.processor}, ${host.cores} cores, Linux ${host.kernel}.\n`,
    `${options.rounds} rounds, ${options.connections} connections to each gate in each, ${options.concurrency} at a time.\n`,
    `\n${table(IDLE_HEADINGS, idleRows(report))}`,
  ].join('');
}

/** Replaces the numbers of the section on sessions that wait in docs/benchmarks.md. */
export function writeIdle(report: IdleReport): void {
  writeFileSync(PAGE, replacePart(readFileSync(PAGE, 'utf8'), IDLE, idlePart(report)));
}

/** The section on accounts, lists and deadlines. */
export function admissionPart(report: AdmissionReport): string {
  const { host, options, rates, missing } = report;
  const versions = rates.flatMap(({ name, version }) =>
    version === undefined ? [] : [`${name} ${version}`],
  );
  return [
    `Measured on ${host.date}: ${host.processor}, ${host.cores} cores, Linux ${host.kernel}.\n`,
    `${options.rounds} rounds, ${options.connections} connections, ${options.concurrency} at a time, and ${options.trips} round trips in each; ${options.flood} addresses of each flood.\n`,
    versions.length > 0 ? `Versions: ${versions.join(', ')}.\n` : '',
    missing.length > 0 ? `Not there, so not measured: ${missing.map(({ name }) => name).join(', ')}.\n` : '',
    `\n${table(RATE_HEADINGS, rateRows(report))}`,
    `\n${table(TRIP_HEADINGS, tripRows(report))}`,
    `\n${table(FLOOD_HEADINGS, floodRows(report))}`,
    `\n${judged(admissionVerdicts(report))}`,
  ].join('');
}

/** Replaces the numbers of the section on accounts, lists and deadlines in docs/benchmarks.md. */
export function writeAdmission(report: AdmissionReport): void {
  writeFileSync(PAGE, replacePart(readFileSync(PAGE, 'utf8'), ADMISSION, admissionPart(report)));
}

/** The section on peers of datagram sockets. */
export function peersPart(report: PeersReport): string {
  const { host, options } = report;
  return [
    `Measured on ${host.date}: ${host.processor}, ${host.cores} cores, Linux ${host.kernel}.\n`,
    `${options.rounds} rounds of ${options.trips} round trips, ${options.seconds} s of interleaved peers.\n`,
    `\n${table(PEER_HEADINGS, peerTripRows(report))}`,
    `\n${table(MANY_HEADINGS, manyRows(report))}`,
    `\n${table(FORGED_HEADINGS, forgedRows(report))}`,
    `\n${judged(peersVerdicts(report))}`,
  ].join('');
}

/** Replaces the numbers of the section on peers of datagram sockets in docs/benchmarks.md. */
export function writePeers(report: PeersReport): void {
  writeFileSync(PAGE, replacePart(readFileSync(PAGE, 'utf8'), PEERS, peersPart(report)));
}

/** The section on growth. */
export function soakPart(report: SoakReport): string {
  const { host, options, connections, seconds, events } = report;
  return [
    `Measured on ${host.date}: ${host.processor}, ${host.cores} cores, Linux ${host.kernel}, Node ${host.node}.\n`,
    `${options.connections} connections in ${seconds.toFixed(0)} s, after ${options.warmUp} that are not counted: ${counted(connections.kinds)}.\n`,
    `Events: ${counted(events)}.\n`,
    `\n${table(GROWTH_HEADINGS, growthRows(report))}`,
  ].join('');
}

/** Replaces the numbers of the section on growth in docs/benchmarks.md. */
export function writeSoak(report: SoakReport): void {
  writeFileSync(PAGE, replacePart(readFileSync(PAGE, 'utf8'), SOAK, soakPart(report)));
}

/** The section on policies that are made of what denials propose. */
export function roundsPart(report: RoundsReport): string {
  const { host } = report;
  return [
    `Counted on ${host.date}: Linux ${host.kernel}, ${host.libc}, Node ${host.node}.\n`,
    `\n${table(
      ROUNDS_HEADINGS,
      roundsRows(report).map((row) => row.map(escaped)),
    )}`,
    `\n${judged(verdicts(report))}`,
  ].join('');
}

/** A text in a cell of a table. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Replaces the table of the section on policies that are made of what denials propose. */
export function writeRounds(report: RoundsReport): void {
  writeFileSync(PAGE, replacePart(readFileSync(PAGE, 'utf8'), ROUNDS, roundsPart(report)));
}

function replacePart(text: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/benchmarks.md: expected the lines ${begin} and ${end}, found none`);
  return `${before}${begin}\n\n${part}\n${end}${after}`;
}

/** Replaces the numbers of docs/benchmarks.md and its plot. */
export function writePage(report: Report): void {
  const text = readFileSync(PAGE, 'utf8');
  const measured = replacePart(text, MEASURED, measuredPart(report));
  writeFileSync(PAGE, replacePart(measured, STARTS, startsPart(report)));
  const bare = report.servers.find(({ name }) => name === 'bare');
  if (bare === undefined) return;
  const bars = report.servers.map(({ name, perSecond }) => ({
    name,
    value: ratio(perSecond, bare.perSecond),
  }));
  writeFileSync(PLOT, plot('connections per second, as a multiple of the bare loop', bars));
}
