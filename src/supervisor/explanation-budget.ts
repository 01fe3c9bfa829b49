const SECOND_MS = 1000;

/** The explanations that are made in a second, at most. */
export interface ExplanationBounds {
  /** For one service. */
  readonly each: number;
  /** For all services together, however many there are. */
  readonly all: number;
}

/**
 * Counts explanations, by service and in all. An explanation takes some ten milliseconds, and code that has taken over a session
 * chooses how many there are; one service of many shares the processor of the supervisor with the others.
 */
export class ExplanationBudget {
  readonly #bounds: ExplanationBounds;
  readonly #now: () => number;
  readonly #made = new Map<object, number>();
  #second = 0;
  #all = 0;

  constructor(bounds: ExplanationBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  /** Takes one explanation of a service; `false`: this second has no more. */
  take(service: object): boolean {
    const second = Math.floor(this.#now() / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#all = 0;
      this.#made.clear();
    }
    const made = this.#made.get(service) ?? 0;
    if (made >= this.#bounds.each || this.#all >= this.#bounds.all) return false;
    this.#made.set(service, made + 1);
    this.#all += 1;
    return true;
  }
}
