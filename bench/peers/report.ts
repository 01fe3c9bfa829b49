import type { Host } from '../host.ts';
import { aligned } from '../report.ts';
import { spread } from '../statistics.ts';
import { ratio } from '../targets.ts';
import type { Forged } from './forged.ts';
import type { PeersOptions } from './options.ts';
import type { Trips } from './tools.ts';

export interface PeersReport {
  readonly host: Host;
  readonly options: PeersOptions;
  /** The median of one peer's round trips, in each round. */
  readonly bareUs: readonly number[];
  readonly gateUs: readonly number[];
  /** Processor time of the inner gate for a round trip, while many peers that stay are interleaved. */
  readonly gateTripUs: number;
  /** Many peers interleaved, each of which makes way for another one. */
  readonly interleaved: Trips;
  readonly forged: readonly Forged[];
}

export const PEER_HEADINGS: readonly string[] = ['one peer', 'round trip, us', 'x bare'];

export function peerTripRows({ bareUs, gateUs }: PeersReport): readonly (readonly string[])[] {
  const row = (name: string, times: readonly number[]) => {
    const { median, min, max } = spread(times);
    const cell = `${median.toFixed(1)} (${min.toFixed(1)}-${max.toFixed(1)})`;
    return [name, cell, ratio(times, bareUs).toFixed(2)];
  };
  return [row('bare', bareUs), row('gate-built', gateUs)];
}

export const MANY_HEADINGS: readonly string[] = [
  'peers at a time',
  'peers together',
  'round trips',
  'wrong answers',
  'of sessions with a foreign datagram',
  'lost',
  'gate, us a round trip',
];

export function manyRows({ options, interleaved, gateTripUs }: PeersReport): readonly (readonly string[])[] {
  const { peers, good, wrong, foreign, lost } = interleaved;
  const numbers = [options.peers, peers, good, wrong, foreign, lost].map(String);
  return [[...numbers, gateTripUs.toFixed(1)]];
}

export const FORGED_HEADINGS: readonly string[] = [
  'forged requests to',
  'amplification',
  'bytes sent',
  'bytes to the victim',
  'factor',
];

export function forgedRows({ forged }: PeersReport): readonly (readonly string[])[] {
  return forged.map(({ server, amplification, sent, received }) => [
    server,
    amplification === undefined ? 'no bound' : `${amplification}`,
    `${sent}`,
    `${received}`,
    (received / sent).toFixed(3),
  ]);
}

/** One line for each bar: the target, the number, and that it is reached. */
export function peersVerdicts(
  report: PeersReport,
): readonly (readonly [target: string, found: string, reached: boolean])[] {
  const trip = ratio(report.gateUs, report.bareUs);
  const { foreign, wrong } = report.interleaved;
  return [
    ['one peer: at most 3 x bare', `${trip.toFixed(2)} x`, trip <= 3],
    ['datagrams of another peer in a session: 0', `${foreign}`, foreign === 0],
    ['wrong answers: 0', `${wrong}`, wrong === 0],
    ...report.forged.flatMap(({ amplification, sent, received }): [string, string, boolean][] =>
      amplification === undefined
        ? []
        : [
            [
              `forged requests: at most ${amplification} x their bytes to the victim`,
              `${(received / sent).toFixed(3)} x`,
              received <= amplification * sent,
            ],
          ],
    ),
  ];
}

/** Returns whether there were answers, and the forged requests reached a service that amplifies where nothing bounds it. */
export function isPeersValid({ interleaved, forged }: PeersReport): boolean {
  return (
    interleaved.good > interleaved.peers &&
    forged.every(
      ({ amplification, sent, received }) => received > (amplification === undefined ? 10 * sent : 0),
    )
  );
}

/** For a terminal: medians, with the least and the most in parentheses. */
export function peersText(report: PeersReport): string {
  return [
    ...aligned(PEER_HEADINGS, peerTripRows(report)),
    ...aligned(MANY_HEADINGS, manyRows(report)),
    ...aligned(FORGED_HEADINGS, forgedRows(report)),
    ...peersVerdicts(report).map(([target, found, reached]) => `${reached ? 'v' : 'x'} ${target}: ${found}`),
    ...(isPeersValid(report)
      ? []
      : ['invalid: there were no answers, or nobody was flooded by forged requests']),
    '',
  ].join('\n');
}
