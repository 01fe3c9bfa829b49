import { parseArgs } from 'node:util';
import { readNumber, UsageError } from './options.ts';

export interface FilterOptions {
  readonly rounds: number;
  /** Of each kind, in each round. */
  readonly calls: number;
  /** Of each filter, in each round. */
  readonly installs: number;
  readonly json?: string;
  readonly write: boolean;
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
  const { values } = parse(args);
  if (values.help) return undefined;
  return {
    rounds: readNumber('rounds', values.rounds, 1),
    calls: readNumber('calls', values.calls, 1),
    installs: readNumber('installs', values.installs, 1),
    ...(values.json === undefined ? {} : { json: values.json }),
    write: values.write,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '15' },
        calls: { type: 'string', default: '200000' },
        installs: { type: 'string', default: '20' },
        json: { type: 'string' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
