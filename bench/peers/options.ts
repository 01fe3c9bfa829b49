import { type CommonOptions, readNumber, readOptionValues } from '../read-options.ts';

export interface PeersOptions extends CommonOptions {
  readonly rounds: number;
  /** Of one peer, in each round. */
  readonly trips: number;
  /** Those that are interleaved. */
  readonly peers: number;
  /** Of the interleaved peers. */
  readonly seconds: number;
  /** Forged requests from each port of the victim. */
  readonly forged: number;
}

/** As many as the clients have places for. */
const MOST_PEERS = 2048;

export const PEERS_HELP: string = `npm run bench -- peers [OPTION...]     measures a session for each peer of a datagram socket; needs root

  --rounds N        rounds, each with the gate and with the socket itself (21)
  --trips N         round trips of one peer, in each round (5000)
  --peers N         peers that are interleaved (64)
  --seconds N       seconds of interleaved peers (60)
  --forged N        forged requests from each of 16 ports (20)
  --json FILE       all numbers as JSON
  --write           the section of docs/benchmarks.md
  --help            this text
`;

/** `undefined` when help is asked for. */
export function readPeersOptions(args: readonly string[]): PeersOptions | undefined {
  const read = readOptionValues(args, {
    rounds: { type: 'string', default: '21' },
    trips: { type: 'string', default: '5000' },
    peers: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '60' },
    forged: { type: 'string', default: '20' },
  });
  if (read === undefined) return undefined;
  const { values, common } = read;
  return {
    rounds: readNumber('rounds', values.rounds, 1),
    trips: readNumber('trips', values.trips, 1),
    peers: readNumber('peers', values.peers, 2, MOST_PEERS),
    seconds: readNumber('seconds', values.seconds, 1, 86_400),
    forged: readNumber('forged', values.forged, 1),
    ...common,
  };
}
