import { type CommonOptions, readNames, readNumber, readOptionValues } from '../read-options.ts';
import { SERVICES } from './services.ts';

export interface RoundsOptions extends CommonOptions {
  /** The services by name. */
  readonly only: readonly string[];
  /** Services that are measured at a time. */
  readonly jobs: number;
  readonly install: boolean;
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
  const read = readOptionValues(args, {
    only: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    install: { type: 'boolean', default: false },
  });
  if (read === undefined) return undefined;
  return {
    only: readNames(
      read.values.only,
      SERVICES.map(({ name }) => name),
    ),
    jobs: readNumber('jobs', read.values.jobs, 1),
    install: read.values.install,
    ...read.common,
  };
}
