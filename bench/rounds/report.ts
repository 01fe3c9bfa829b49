import type { Host } from '../host.ts';
import { aligned } from '../report.ts';
import { spread } from '../statistics.ts';
import type { RoundsOptions } from './options.ts';
import type { RoundsOf } from './rounds.ts';

export interface RoundsReport {
  readonly host: Host;
  readonly options: RoundsOptions;
  readonly services: readonly RoundsOf[];
}

/** Those of the median and of the worst service. */
const MEDIAN = 2;
const WORST = 6;

export const ROUNDS_HEADINGS: readonly string[] = ['service', 'rounds', 'added', 'boundaries opened'];

/** One row a service, in the order of the headings. */
export function roundsRows({ services }: RoundsReport): readonly (readonly string[])[] {
  return services.map(({ name, rounds, steps, opened, unused, stuck }) => [
    name,
    rounds === undefined ? `never: ${stuck?.reason ?? ''}` : `${rounds}`,
    steps.map(({ added }) => added.join(', ')).join('; '),
    opened.map((boundary) => (unused.includes(boundary) ? `${boundary} (not used)` : boundary)).join(', '),
  ]);
}

/** The targets, each with the figure that was found; a service that was never answered is worse than any other. */
export function verdicts({ services }: RoundsReport): readonly (readonly [string, string, boolean])[] {
  if (services.length === 0) return [];
  const { median, max } = spread(services.map(({ rounds }) => rounds ?? Number.POSITIVE_INFINITY));
  const unused = services.flatMap(({ unused }) => unused).length;
  const text = (rounds: number) => (Number.isFinite(rounds) ? `${rounds}` : 'never');
  return [
    [`median service: at most ${MEDIAN} rounds`, text(median), median <= MEDIAN],
    [`worst service: at most ${WORST} rounds`, text(max), max <= WORST],
    ['boundaries opened that the program does not use: 0', `${unused}`, unused === 0],
  ];
}

/** For a terminal. */
export function roundsText(report: RoundsReport): string {
  const lines = aligned(ROUNDS_HEADINGS, roundsRows(report));
  const judged = verdicts(report).map(
    ([target, found, reached]) => `${reached ? 'v' : 'x'} ${target}: ${found}`,
  );
  return [...lines, ...judged, ''].join('\n');
}
