import { type CommonOptions, readNumber, readOptionValues } from './read-options.ts';

export interface FilterOptions extends CommonOptions {
  readonly rounds: number;
  /** Of each kind, in each round. */
  readonly calls: number;
  /** Of each filter, in each round. */
  readonly installs: number;
}

export const FILTER_HELP: string = `npm run bench -- filters [OPTION...]     measures filters beside those of libseccomp; on x86-64

  --rounds N        rounds, each with every filter (15)
  --calls N         calls of each kind, in each round (200000)
  --installs N      processes that install each filter, in each round (20)
  --json FILE       all numbers as JSON
  --write           the table of docs/benchmarks.md
  --help            this text
`;

/** `undefined` when help is asked for. */
export function readFilterOptions(args: readonly string[]): FilterOptions | undefined {
  const read = readOptionValues(args, {
    rounds: { type: 'string', default: '15' },
    calls: { type: 'string', default: '200000' },
    installs: { type: 'string', default: '20' },
  });
  if (read === undefined) return undefined;
  return {
    rounds: readNumber('rounds', read.values.rounds, 1),
    calls: readNumber('calls', read.values.calls, 1),
    installs: readNumber('installs', read.values.installs, 1),
    ...read.common,
  };
}
