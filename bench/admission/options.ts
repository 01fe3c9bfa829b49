import {
  type CommonOptions,
  readConcurrency,
  readNames,
  readNumber,
  readOptionValues,
} from '../read-options.ts';
import { GUARDED_SERVERS } from './guarded-servers.ts';

export interface AdmissionOptions extends CommonOptions {
  readonly rounds: number;
  /** Of each server, with its guards and without, in each round. */
  readonly connections: number;
  readonly concurrency: number;
  /** Of each listener, in each round. */
  readonly trips: number;
  /** Addresses that each server is flooded from, twice. */
  readonly flood: number;
  readonly only: readonly string[];
  readonly peers?: string;
}

const NAMES: readonly string[] = GUARDED_SERVERS.map(({ name }) => name);

/** As many addresses as each network of the flood has. */
const MOST_FLOOD = 65_536;

export const ADMISSION_HELP: string = `npm run bench -- admission [OPTION...]     measures accounts, lists and deadlines; needs root

  --rounds N        rounds, each with every server (41)
  --connections N   connections to each server, with its guards and without, in each round (1000)
  --concurrency N   connections at a time (8)
  --trips N         round trips through each listener, in each round (10000)
  --flood N         addresses of a flood (10000)
  --only A,B        these servers only:
                    ${NAMES.join(', ')}
  --peers FOLDER    look for other programs here first, for example where dpkg -x unpacked them
  --json FILE       all numbers as JSON
  --write           the section of docs/benchmarks.md
  --help            this text
`;

/** `undefined` when help is asked for. */
export function readAdmissionOptions(args: readonly string[]): AdmissionOptions | undefined {
  const read = readOptionValues(args, {
    rounds: { type: 'string', default: '41' },
    connections: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '8' },
    trips: { type: 'string', default: '10000' },
    flood: { type: 'string', default: '10000' },
    only: { type: 'string' },
    peers: { type: 'string' },
  });
  if (read === undefined) return undefined;
  const { values, common } = read;
  return {
    rounds: readNumber('rounds', values.rounds, 1),
    connections: readNumber('connections', values.connections, 1),
    concurrency: readConcurrency(values.concurrency),
    trips: readNumber('trips', values.trips, 1),
    flood: readNumber('flood', values.flood, 1, MOST_FLOOD),
    only: readNames(values.only, NAMES),
    ...(values.peers === undefined ? {} : { peers: values.peers }),
    ...common,
  };
}
