import { parseArgs } from 'node:util';
import { readNumber, UsageError } from '../options.ts';
import { SERVICES } from './services.ts';

export interface RoundsOptions {
  /** The services by name. */
  readonly only: readonly string[];
  /** Services that are measured at a time. */
  readonly jobs: number;
  readonly install: boolean;
  readonly json?: string;
  readonly write: boolean;
}

export const ROUNDS_HELP: string = `npm run bench -- rounds [OPTION...]     counts what it takes to make a policy of what denials propose; needs root

  --only A,B        these services; all of them by default
  --jobs N          services at a time (2)
  --install         install packages that are missing; no daemon is started
  --json FILE       all rounds as JSON, and the events of services that were never answered
  --write           the table of docs/benchmarks.md
  --help            this text
`;

/** `undefined` when help is asked for. */
export function readRoundsOptions(args: readonly string[]): RoundsOptions | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  const names = SERVICES.map(({ name }) => name);
  const only = values.only?.split(',') ?? names;
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--only: expected some of ${names.join(', ')}, found '${unknown}'`);
  return {
    only,
    jobs: readNumber('jobs', values.jobs, 1),
    install: values.install,
    ...(values.json === undefined ? {} : { json: values.json }),
    write: values.write,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        jobs: { type: 'string', default: '2' },
        install: { type: 'boolean', default: false },
        json: { type: 'string' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
