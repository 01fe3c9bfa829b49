import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ask } from './client.ts';
import type { RoundsFolder } from './place.ts';
import { check, saveFirst, saveWide } from './policy.ts';
import { proposalOf, withProposal } from './proposal.ts';
import type { Place, RoundsService } from './service.ts';
import { type ServiceEvent, Serving } from './serving.ts';
import { readRecording, usedBoundaries } from './used-boundaries.ts';

/** The rounds of one service until its client was answered. */
export interface RoundsOf {
  readonly name: string;
  /** The number of times that something was added; `undefined` when the client was never answered. */
  readonly rounds?: number;
  readonly steps: readonly Step[];
  /** Boundaries that the last policy opens and the first one does not. */
  readonly opened: readonly string[];
  /** Those of them that no call of the recording reaches across. */
  readonly unused: readonly string[];
  /** The end of it, when the client was never answered. */
  readonly stuck?: Stuck;
}

/** One round: what was added, and the events that propose it. */
export interface Step {
  /** Lines of `seccomp.rules`, and keys. */
  readonly added: readonly string[];
  readonly events: readonly ServiceEvent[];
}

export interface Stuck {
  readonly reason: string;
  readonly events: readonly ServiceEvent[];
  readonly heard: string;
}

/** A user gives up here. */
const MOST_ROUNDS = 30;
/** Threads and signals come at random: the client is answered when it is answered as often as this. */
const ASKED = 3;
const CLIENT_MS = 20_000;
/** A client may wait for ever for a process that was killed, and another one may still answer it. */
const AFTER_DENIAL_MS = 4_000;
/** The events of a session come after its client has gone. */
const SETTLE_MS = 500;

/** The result of one start of a service. */
interface Start {
  readonly answered: boolean;
  readonly heard: string;
  readonly events: readonly ServiceEvent[];
}

function isRefusal({ event }: ServiceEvent): boolean {
  return event === 'denied' || event === 'exec-refused';
}

export class RoundsBench {
  readonly #folder: RoundsFolder;
  readonly #running: Set<Serving>;
  readonly #signal: AbortSignal;

  constructor(folder: RoundsFolder, running: Set<Serving>, signal: AbortSignal) {
    this.#folder = folder;
    this.#running = running;
    this.#signal = signal;
  }

  /** Measures one service, on its own files and port. */
  async measure(service: RoundsService): Promise<RoundsOf> {
    const recorded = await this.#record(service);
    if (recorded.used === undefined)
      return never(service, [], recorded.start, 'no answer with every call allowed');
    const place = await this.#folder.place(service);
    const policy = this.#folder.policy();
    saveFirst(service, place, policy);
    const first = check(policy).opened;
    const steps: Step[] = [];
    for (;;) {
      const start = await this.#start(service, place, policy, ASKED);
      if (start.answered)
        return answered(service, steps, difference(check(policy).opened, first), recorded.used);
      if (steps.length === MOST_ROUNDS)
        return never(service, steps, start, `no answer after ${MOST_ROUNDS} rounds`);
      const changed = withProposal(readFileSync(policy, 'utf8'), proposalOf(start.events), place.data);
      if (changed.added.length === 0) return never(service, steps, start, 'no event proposes anything new');
      writeFileSync(policy, changed.text);
      steps.push({ added: changed.added, events: start.events.filter(isRefusal) });
      const { errors } = check(policy);
      if (errors.length > 0)
        return never(service, steps, start, `what is proposed is an error: ${errors.join('; ')}`);
    }
  }

  /** Serves a service with every call allowed, and notes the boundaries that its calls reach across. */
  async #record(
    service: RoundsService,
  ): Promise<{ readonly start: Start; readonly used?: readonly string[] }> {
    const place = await this.#folder.place(service);
    const trace = this.#folder.directory(service, 'trace');
    const policy = this.#folder.policy();
    saveWide(service, place, trace, policy);
    const start = await this.#start(service, place, policy, 1);
    if (!start.answered) return { start };
    return { start, used: usedBoundaries(readRecording(readFileSync(join(trace, 'calls'), 'utf8'))) };
  }

  /** Starts a service and asks it, several times as long as it answers. */
  async #start(service: RoundsService, place: Place, policy: string, times: number): Promise<Start> {
    const serving = await Serving.start(policy, this.#running);
    try {
      let heard = '';
      for (let time = 0; time < times; time++) {
        const { right, text } = await this.#askOnce(service, place, serving);
        this.#signal.throwIfAborted();
        heard = text;
        if (!right) return { answered: false, heard, events: serving.events };
      }
      return { answered: true, heard, events: serving.events };
    } finally {
      await serving.stop(this.#running);
    }
  }

  async #askOnce(service: RoundsService, place: Place, serving: Serving) {
    const before = serving.events.length;
    const stop = new AbortController();
    const giveUp = () => stop.abort();
    const timer = setTimeout(giveUp, CLIENT_MS);
    this.#signal.addEventListener('abort', giveUp, { once: true });
    const denied = (event: ServiceEvent) => isRefusal(event) && serving.events.indexOf(event) >= before;
    void serving.waitFor(denied, CLIENT_MS).then((came) => {
      if (came) setTimeout(giveUp, AFTER_DENIAL_MS);
    });
    const result = await ask(service.client, place, stop.signal);
    clearTimeout(timer);
    this.#signal.removeEventListener('abort', giveUp);
    if (!result.right) await wait(SETTLE_MS);
    return result;
  }
}

function answered(
  { name }: RoundsService,
  steps: readonly Step[],
  opened: readonly string[],
  used: readonly string[],
): RoundsOf {
  return { name, rounds: steps.length, steps, opened, unused: difference(opened, used) };
}

function never(
  { name }: RoundsService,
  steps: readonly Step[],
  { events, heard }: Start,
  reason: string,
): RoundsOf {
  return { name, steps, opened: [], unused: [], stuck: { reason, events, heard } };
}

/** The texts of the one list that the other lacks, once each. */
function difference(texts: readonly string[], without: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter((text) => !without.includes(text));
}
