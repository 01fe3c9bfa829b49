import { StringDecoder } from 'node:string_decoder';

/** An address and port as the gate prints them, or the user and the group at the other end of a UNIX socket. */
interface PeerFields {
  readonly peer?: string;
  readonly port?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** An event on the pipe of a gate, one JSON object a line. `docs/events.md` describes each. */
export type GateEvent =
  | { readonly event: 'ready' | 'stopped' }
  | { readonly event: 'draining'; readonly sessions: number }
  | ({
      readonly event: 'start';
      readonly session: number;
      readonly pid: number;
      /** The address that a peer of datagrams has asked. */
      readonly local?: string;
      readonly local_port?: number;
    } & PeerFields)
  | {
      readonly event: 'end';
      readonly session: number;
      readonly pid: number;
      readonly status?: number;
      readonly signal?: number;
      readonly cause: 'exit' | 'time' | 'client-gone' | 'first-byte' | 'idle' | 'stop';
      /** The last signal that the gate sent it: SIGKILL, or that of `limits.signal`. Absent when it sent none. */
      readonly ended_by?: string;
      readonly duration_us: number;
      readonly cpu_us: number;
      readonly memory_kb: number;
    }
  | ({ readonly event: 'refused'; readonly reason: string; readonly count: number } & PeerFields)
  | {
      readonly event: 'penalty';
      readonly session: number;
      /** A prefix. */
      readonly source: string;
      readonly cause: 'crash' | 'filter' | 'time' | 'first-byte' | 'idle' | 'status';
      readonly ms: number;
    }
  | { readonly event: 'exec-refused'; readonly session?: number; readonly pid: number; readonly call: number }
  | {
      readonly event: 'denied';
      readonly session?: number;
      readonly pid?: number;
      readonly program?: string;
      readonly call: number;
      readonly args?: readonly string[];
      readonly ip?: string;
    }
  | {
      readonly event: 'answered';
      readonly session?: number;
      readonly pid: number;
      readonly program?: string;
      readonly call: number;
      readonly args: readonly string[];
      readonly errno: number;
      /** The path that the call was about, or the name of a UNIX socket, as the program's memory had it, */
      readonly path?: string;
      readonly other_path?: string;
      /** or the address of a socket. */
      readonly address?: string;
      readonly to_port?: number;
    }
  | { readonly event: 'answered-more'; readonly count: number }
  | { readonly event: 'recorder-failed'; readonly reason: string; readonly errno: number }
  | { readonly event: 'denied-more'; readonly count: number; readonly gone: number; readonly lost?: number }
  | { readonly event: 'kill-failed'; readonly pid: number; readonly call: number; readonly errno: number }
  | {
      readonly event: 'failed';
      readonly step: number;
      readonly call: string;
      readonly line: number;
      readonly result: number;
      readonly session?: number;
      /** Of the checks of the step the one that does not hold, from 1 on, */
      readonly check?: number;
      /** and the number that it finds, in hexadecimal. */
      readonly found?: string;
    }
  | { readonly event: 'refused-image'; readonly reason: string }
  | { readonly event: 'paused'; readonly call: number; readonly errno: number }
  | { readonly event: 'start-delayed'; readonly ends: number; readonly pause_ms: number }
  | { readonly event: 'listener-lost'; readonly errno: number }
  | { readonly event: 'dropped'; readonly count: number };

/** The fields that every event of a kind has. A session, and a peer, may be there beside them. */
const FIELDS: Readonly<Record<GateEvent['event'], readonly string[]>> = {
  ready: [],
  stopped: [],
  draining: ['sessions'],
  start: ['session', 'pid'],
  end: ['session', 'pid', 'cause', 'duration_us', 'cpu_us', 'memory_kb'],
  refused: ['reason', 'count'],
  penalty: ['session', 'source', 'cause', 'ms'],
  'exec-refused': ['pid', 'call'],
  denied: ['call'],
  answered: ['pid', 'call', 'args', 'errno'],
  'answered-more': ['count'],
  'recorder-failed': ['reason', 'errno'],
  'denied-more': ['count', 'gone'],
  'kill-failed': ['pid', 'call', 'errno'],
  failed: ['step', 'call', 'line', 'result'],
  'refused-image': ['reason'],
  paused: ['call', 'errno'],
  'start-delayed': ['ends', 'pause_ms'],
  'listener-lost': ['errno'],
  dropped: ['count'],
};

const TEXTS: ReadonlySet<string> = new Set([
  ...[
    'event',
    'cause',
    'ended_by',
    'reason',
    'peer',
    'local',
    'source',
    'program',
    'ip',
    'path',
    'other_path',
    'address',
    'found',
  ],
]);

/** One line of the events pipe; `undefined` when it is none, which a gate never writes. */
export function parseGateEvent(line: string): GateEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isGateEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isGateEvent(value: unknown): value is GateEvent {
  if (typeof value !== 'object' || value === null || !('event' in value)) return false;
  const { event } = value;
  const fields =
    typeof event === 'string' && Object.hasOwn(FIELDS, event) && FIELDS[event as GateEvent['event']];
  const has = (name: string): boolean => Object.hasOwn(value, name);
  if (fields === false || !fields.every(has) || has('peer') !== has('port') || has('uid') !== has('gid'))
    return false;
  if (has('local') !== has('local_port')) return false;
  if (event === 'end' && !has('status') && !has('signal')) return false;
  // A call is named where a step is about it, and has a number where a session made it.
  return Object.entries(value).every(([name, field]) =>
    name === 'args'
      ? isArguments(field)
      : typeof field === (TEXTS.has(name) || (name === 'call' && event === 'failed') ? 'string' : 'number'),
  );
}

/** Six registers in hexadecimal. */
function isArguments(field: unknown): boolean {
  return (
    Array.isArray(field) &&
    field.length === 6 &&
    field.every((word) => typeof word === 'string' && /^0x[0-9a-f]{1,16}$/.test(word))
  );
}

/** Puts what arrives on an events pipe together to lines. */
export class GateLines {
  #rest = '';
  readonly #decoder = new StringDecoder('utf8');

  /** The events that these bytes complete. A gate writes ASCII, but for the names of programs. */
  push(bytes: Buffer): readonly GateEvent[] {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map(parseGateEvent).filter((event) => event !== undefined);
  }
}
