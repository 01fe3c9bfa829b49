/** An address and port as the gate prints them. */
interface PeerFields {
  readonly peer?: string;
  readonly port?: number;
}

/** What a gate says on its events pipe, one JSON object a line. `docs/events.md` describes each. */
export type GateEvent =
  | { readonly event: 'ready' | 'stopped' }
  | { readonly event: 'draining'; readonly sessions: number }
  | ({ readonly event: 'start'; readonly session: number; readonly pid: number } & PeerFields)
  | {
      readonly event: 'end';
      readonly session: number;
      readonly pid: number;
      readonly status?: number;
      readonly signal?: number;
      readonly cause: 'exit' | 'time' | 'stop';
      readonly duration_us: number;
      readonly cpu_us: number;
      readonly memory_kb: number;
    }
  | ({ readonly event: 'refused'; readonly reason: string } & PeerFields)
  | { readonly event: 'exec-refused'; readonly session?: number; readonly pid: number; readonly call: number }
  | {
      readonly event: 'failed';
      readonly step: number;
      readonly call: string;
      readonly line: number;
      readonly result: number;
      readonly session?: number;
    }
  | { readonly event: 'refused-image'; readonly reason: string }
  | { readonly event: 'paused'; readonly call: number; readonly errno: number }
  | { readonly event: 'listener-lost'; readonly errno: number }
  | { readonly event: 'dropped'; readonly count: number };

/** One line of the events pipe; `undefined` when it is none, which a gate never writes. */
export function parseGateEvent(line: string): GateEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('event' in value)) return undefined;
    return value as GateEvent;
  } catch {
    return undefined;
  }
}

/** Puts what arrives on an events pipe together to lines. */
export class GateLines {
  #rest = '';

  /** The events that these bytes complete. A gate writes ASCII. */
  push(bytes: Buffer): readonly GateEvent[] {
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map(parseGateEvent).filter((event) => event !== undefined);
  }
}
