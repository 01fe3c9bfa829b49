import { parseArgs } from 'node:util';
import { readNumber, UsageError } from './options.ts';

export interface IdleOptions {
  readonly rounds: number;
  /** Of each gate in each round. */
  readonly connections: number;
  readonly concurrency: number;
  /** The numbers of sessions that wait in each gate, fewest first. */
  readonly sessions: readonly number[];
  readonly json?: string;
  readonly write: boolean;
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

function readSessions(text: string): readonly number[] {
  const sessions = text.split(',').map((one) => readNumber('sessions', one, 0));
  const most = sessions.find((count) => count > MOST_SESSIONS);
  if (most === undefined) return sessions;
  throw new UsageError(`--sessions: expected numbers up to ${MOST_SESSIONS}, found ${most}`);
}

/** `undefined` when help is asked for. */
export function readIdleOptions(args: readonly string[]): IdleOptions | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  return {
    rounds: readNumber('rounds', values.rounds, 1),
    connections: readNumber('connections', values.connections, 1),
    concurrency: readNumber('concurrency', values.concurrency, 1),
    sessions: readSessions(values.sessions),
    ...(values.json === undefined ? {} : { json: values.json }),
    write: values.write,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '9' },
        connections: { type: 'string', default: '500' },
        concurrency: { type: 'string', default: '8' },
        sessions: { type: 'string', default: '0,500,2000,10000' },
        json: { type: 'string' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
