interface Event {
  readonly event: string;
  readonly reason?: string;
  readonly cause?: string;
  readonly signal?: number;
  readonly count?: number;
}

/** The word under which an event is counted. */
function wordOf({ event, reason, cause, signal }: Event): string {
  if (event === 'refused') return `refused: ${reason}`;
  if (event !== 'end') return event;
  if (cause !== 'exit') return `ended: ${cause}`;
  return signal === undefined ? 'ended by itself' : 'ended by a signal';
}

/** The events of a service by what they say; those that stand for several count as many times. */
export class EventCounts {
  readonly #counts = new Map<string, number>();
  lines = 0;

  add(line: string): void {
    const event = JSON.parse(line) as Event;
    const word = wordOf(event);
    const count = event.event === 'refused' || event.event === 'dropped' ? Number(event.count) : 1;
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + count);
    this.lines += 1;
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
