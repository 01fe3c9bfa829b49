import type { Host } from '../host.ts';
import { aligned } from '../report.ts';
import { type Growth, isLeak } from './growth.ts';
import type { SoakOptions } from './options.ts';
import type { Connections, Sample } from './soaked-service.ts';

export interface SoakReport {
  readonly host: Host;
  readonly options: SoakOptions;
  /** After the warm-up, then after each tenth of the connections. */
  readonly samples: readonly Sample[];
  readonly growth: readonly Growth[];
  readonly connections: Connections;
  readonly seconds: number;
  /** The events of the measured part. */
  readonly events: Readonly<Record<string, number>>;
}

export const GROWTH_HEADINGS: readonly string[] = ['what', 'before', 'after', 'grown', 'allowed', 'leak'];

export function growthRows({ growth }: SoakReport): readonly (readonly string[])[] {
  return growth.map((one) => [
    one.what,
    `${one.before}`,
    `${one.after}`,
    `${one.after - one.before}`,
    `${one.tolerance}`,
    isLeak(one) ? 'yes' : 'none',
  ]);
}

/** Each event and each kind of connection with its number, in one line. */
export function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** Returns whether nothing has grown and every connection has ended as its kind does. */
export function isDry({ growth, connections }: SoakReport): boolean {
  return connections.wrong === 0 && !growth.some(isLeak);
}

/** For a terminal. */
export function soakText(report: SoakReport): string {
  const { options, connections, seconds, events, samples } = report;
  const resident = samples.map(({ processes, alive }) =>
    [...processes.map(({ rss }) => rss), alive].map((bytes) => `${Math.round(bytes / 1024)}`).join('/'),
  );
  return [
    `${options.connections} connections in ${seconds.toFixed(0)} s: ${counted(connections.kinds)}`,
    `events: ${counted(events)}`,
    `supervisor/outer gate/inner gate resident and alive in the supervisor, KiB: ${resident.join(' ')}`,
    '',
    ...aligned(GROWTH_HEADINGS, growthRows(report)),
    ...(connections.wrong > 0 ? [`${connections.wrong} connections went wrong: ${connections.failure}`] : []),
    '',
  ].join('\n');
}
