import { type CommonOptions, readNumber, readOptionValues } from '../read-options.ts';

export interface SoakOptions extends CommonOptions {
  /** Those that are measured. */
  readonly connections: number;
  /** Those before: everything is in memory then that comes into memory once. */
  readonly warmUp: number;
  readonly concurrency: number;
}

export const SOAK_HELP: string = `npm run soak -- [OPTION...]     measures growth over many connections of all kinds; needs root

  --connections N   connections that are measured (1000000)
  --warm-up N       connections before (10000)
  --concurrency N   connections at a time, beside those that wait for a deadline (16)
  --json FILE       all numbers as JSON
  --write           the section of docs/benchmarks.md
  --help            this text
`;

/** With fewer a byte of each would be no more than the supervisor's memory is uneven by. */
const LEAST_CONNECTIONS = 100_000;

/** As many as the clients have places for, beside those that wait. */
const MOST_CONCURRENCY = 512;

/** `undefined` when help is asked for. */
export function readSoakOptions(args: readonly string[]): SoakOptions | undefined {
  const read = readOptionValues(args, {
    connections: { type: 'string', default: '1000000' },
    'warm-up': { type: 'string', default: '10000' },
    concurrency: { type: 'string', default: '16' },
  });
  if (read === undefined) return undefined;
  const { values, common } = read;
  return {
    connections: readNumber('connections', values.connections, LEAST_CONNECTIONS),
    warmUp: readNumber('warm-up', values['warm-up'], 1),
    concurrency: readNumber('concurrency', values.concurrency, 1, MOST_CONCURRENCY),
    ...common,
  };
}
