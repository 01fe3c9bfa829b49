import type { Host } from '../host.ts';
import { aligned } from '../report.ts';
import { spread } from '../statistics.ts';
import { ratio } from '../targets.ts';
import type { Flood, FloodedServer } from './flood.ts';
import type { AdmissionOptions } from './options.ts';

/** A server's connections per second in each round, without its guards and with them. */
export interface GuardedRate {
  readonly name: string;
  readonly version?: string;
  /** In words; empty where it has none. */
  readonly guards: string;
  readonly off: readonly number[];
  readonly on?: readonly number[];
}

/** The round trips through one listener, in each round. */
export interface ListenerTrips {
  readonly prefixes: number;
  readonly tripUs: readonly number[];
}

export interface AdmissionReport {
  readonly host: Host;
  readonly options: AdmissionOptions;
  readonly rates: readonly GuardedRate[];
  /** The listener without a list comes first. */
  readonly trips: readonly ListenerTrips[];
  readonly floods: readonly FloodedServer[];
  readonly missing: readonly { readonly name: string; readonly install: string }[];
}

function cell(values: readonly number[], digits = 0): string {
  const { median, min, max } = spread(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}

export const RATE_HEADINGS: readonly string[] = [
  'server',
  'connections/s, all off',
  'all on',
  'on x off',
  'what is on',
];

export function rateRows({ rates }: AdmissionReport): readonly (readonly string[])[] {
  return rates.map(({ name, guards, off, on }) =>
    on === undefined
      ? [name, cell(off), '', '', 'it has no list and no account']
      : [name, cell(off), cell(on), ratio(on, off).toFixed(3), guards],
  );
}

export const TRIP_HEADINGS: readonly string[] = ['prefixes of the listener', 'round trip, us', 'x none'];

export function tripRows({ trips }: AdmissionReport): readonly (readonly string[])[] {
  const [none] = trips;
  return trips.map(({ prefixes, tripUs }) => [
    `${prefixes}`,
    cell(tripUs, 1),
    ratio(tripUs, none?.tripUs ?? tripUs).toFixed(3),
  ]);
}

export const FLOOD_HEADINGS: readonly string[] = [
  'server',
  'flood from',
  'connections tried',
  'segments that came',
  'connections that stood',
  'segments sent',
  'wake-ups',
];

export function floodRows({ floods }: AdmissionReport): readonly (readonly string[])[] {
  const row = (name: string, from: string, { tried, arrived, standing, segments, wakeUps }: Flood) => [
    name,
    from,
    ...[tried, arrived, standing, segments, wakeUps].map(String),
  ];
  return floods.flatMap(({ name, refused, allowed }) => [
    row(name, 'a refused prefix', refused),
    row(name, 'an allowed prefix', allowed),
  ]);
}

const GATE = 'gate-built';

/** One line for each bar: the target, the number, and that it is reached. */
export function admissionVerdicts(
  report: AdmissionReport,
): readonly (readonly [target: string, found: string, reached: boolean])[] {
  const verdicts: [string, string, boolean][] = [];
  const gate = report.rates.find(({ name }) => name === GATE);
  if (gate?.on !== undefined) {
    const found = ratio(gate.on, gate.off);
    verdicts.push([
      'connections with all on: at least 0.97 x all off',
      `${found.toFixed(3)} x`,
      found >= 0.97,
    ]);
  }
  const [none, listed] = report.trips;
  if (none !== undefined && listed !== undefined) {
    const found = ratio(listed.tripUs, none.tripUs);
    const target = `round trip with ${listed.prefixes} prefixes: at most 1.03 x none`;
    verdicts.push([target, `${found.toFixed(3)} x`, found <= 1.03]);
  }
  const flooded = report.floods.find(({ name }) => name === GATE);
  if (flooded !== undefined) {
    const { wakeUps, segments } = flooded.refused;
    verdicts.push(['a refused flood: no wake-up of the gate', `${wakeUps}`, wakeUps === 0]);
    verdicts.push(['a refused flood: no SYN-ACK, no segment at all', `${segments}`, segments === 0]);
  }
  return verdicts;
}

/**
 * Returns whether both floods came to the server, and that from an allowed prefix was counted: else the zeros of the
 * other one say nothing.
 */
export function isAdmissionValid({ floods }: AdmissionReport): boolean {
  return floods.every(
    ({ refused, allowed }) =>
      [refused, allowed].every(({ tried, arrived }) => arrived >= tried) &&
      allowed.standing > 0 &&
      allowed.wakeUps > 0 &&
      allowed.segments >= allowed.standing,
  );
}

/** For a terminal: medians, with the least and the most in parentheses. */
export function admissionText(report: AdmissionReport): string {
  const verdicts = admissionVerdicts(report).map(
    ([target, found, reached]) => `${reached ? 'v' : 'x'} ${target}: ${found}`,
  );
  return [
    ...aligned(RATE_HEADINGS, rateRows(report)),
    ...aligned(TRIP_HEADINGS, tripRows(report)),
    ...aligned(FLOOD_HEADINGS, floodRows(report)),
    ...verdicts,
    ...report.missing.map(({ name, install }) => `${name} is not there: ${install}`),
    ...(isAdmissionValid(report)
      ? []
      : ['invalid: a flood did not come, or one from an allowed prefix was not counted']),
    '',
  ].join('\n');
}
