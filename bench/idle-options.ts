import { type CommonOptions, readConcurrency, readNumber, readOptionValues } from './read-options.ts';

export interface IdleOptions extends CommonOptions {
  readonly rounds: number;
  /** Of each gate in each round. */
  readonly connections: number;
  readonly concurrency: number;
  /** The numbers of sessions that wait in each gate, fewest first. */
  readonly sessions: readonly number[];
}

export const IDLE_HELP: string = `npm run bench -- idle [OPTION...]     measures the gate with sessions that wait; needs root

  --rounds N        rounds, each with every gate (9)
  --connections N   connections to each gate, in each round (500)
  --concurrency N   connections at a time (8)
  --sessions A,B    sessions that wait, a gate for each number; the first is what the others are compared with
                    (0,500,2000,10000)
  --json FILE       all numbers as JSON
  --write           the table of docs/benchmarks.md
  --help            this text
`;

/** Those that wait, and room for those that come: `limits.sessions` allows no more. */
export const ROOM = 64;
const MOST_SESSIONS = 16_384 - ROOM;

/** `undefined` when help is asked for. */
export function readIdleOptions(args: readonly string[]): IdleOptions | undefined {
  const read = readOptionValues(args, {
    rounds: { type: 'string', default: '9' },
    connections: { type: 'string', default: '500' },
    concurrency: { type: 'string', default: '8' },
    sessions: { type: 'string', default: '0,500,2000,10000' },
  });
  if (read === undefined) return undefined;
  const { values, common } = read;
  return {
    rounds: readNumber('rounds', values.rounds, 1),
    connections: readNumber('connections', values.connections, 1),
    concurrency: readConcurrency(values.concurrency),
    sessions: values.sessions.split(',').map((one) => readNumber('sessions', one, 0, MOST_SESSIONS)),
    ...common,
  };
}
