import { LAUNCHERS } from './launchers.ts';
import {
  type CommonOptions,
  readConcurrency,
  readNames,
  readNumber,
  readOptionValues,
} from './read-options.ts';
import { SERVERS } from './servers.ts';

export interface Options extends CommonOptions {
  readonly rounds: number;
  /** Of each server in each round, for connections per second; 0: `connections` ends it. */
  readonly seconds: number;
  /** For connections per second when `seconds` is 0, and for the time to the first byte. */
  readonly connections: number;
  readonly concurrency: number;
  /** Of each launcher in each round. */
  readonly starts: number;
  /** Names of servers and launchers. */
  readonly only: readonly string[];
  readonly peers?: string;
}

const NAMES: readonly string[] = [...SERVERS, ...LAUNCHERS].map(({ name }) => name);

export const HELP: string = `npm run bench -- [OPTION...]     measures the gate beside others; needs root

  --rounds N        rounds, each with every server (7)
  --seconds N       seconds for connections per second, in each round; 0: count them (3)
  --connections N   connections for the time to the first byte, and to count (1000)
  --concurrency N   connections at a time (8)
  --starts N        starts of each launcher, in each round (20)
  --only A,B        these servers and launchers only:
                    ${NAMES.join(', ')}
  --peers FOLDER    look for other programs here first, for example where dpkg -x unpacked them
  --json FILE       all numbers as JSON
  --write           the tables of docs/benchmarks.md, and its plot
  --help            this text

npm run bench -- filters --help         measures filters beside those of libseccomp
npm run bench -- idle --help            measures the gate with sessions that wait
npm run bench -- rounds --help          counts what it takes to make a policy of what denials propose
npm run bench -- admission --help       measures accounts, lists and deadlines
npm run bench -- peers --help           measures a session for each peer of a datagram socket
npm run bench -- soak --help            measures growth over a million connections; also: npm run soak
`;

/** `undefined` when help is asked for. */
export function readOptions(args: readonly string[]): Options | undefined {
  const read = readOptionValues(args, {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '8' },
    starts: { type: 'string', default: '20' },
    only: { type: 'string' },
    peers: { type: 'string' },
  });
  if (read === undefined) return undefined;
  const { values, common } = read;
  return {
    rounds: readNumber('rounds', values.rounds, 1),
    seconds: readNumber('seconds', values.seconds, 0),
    connections: readNumber('connections', values.connections, 1),
    concurrency: readConcurrency(values.concurrency),
    starts: readNumber('starts', values.starts, 1),
    only: readNames(values.only, NAMES),
    ...(values.peers === undefined ? {} : { peers: values.peers }),
    ...common,
  };
}
