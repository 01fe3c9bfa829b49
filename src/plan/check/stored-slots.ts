import type { Slot, Step } from '../step.ts';
import type { CallEffect } from './call-effect.ts';
import type { DeedName } from './deeds.ts';
import type { Violation } from './violation.ts';

const CLOSING_ALL: readonly DeedName[] = ['rest is closed', 'rest of the gate is closed'];

/** The results that a process has at hand for later steps, and those of its ancestors. */
export class StoredSlots {
  /** The subject of each slot: the map, the address or the directory that an effect is about. */
  readonly #stored: Map<Slot, CallEffect['of']>;

  constructor(parent?: StoredSlots) {
    this.#stored = new Map(parent === undefined ? [] : parent.#stored);
  }

  /** Reports slots that hold nothing, or something of another file; `effect` is that of a known call. */
  execute(step: Step, effect: CallEffect | undefined): readonly Violation[] {
    const used = slotsOf(step);
    const missing = used.filter((slot) => !this.#stored.has(slot));
    const others = used.filter((slot) => this.#isOfAnother(slot, effect));
    if (step.verb === 'call' && step.call === 'close') for (const slot of used) this.#stored.delete(slot);
    if (effect !== undefined && CLOSING_ALL.includes(effect.deed)) this.#stored.clear();
    for (const name of storesOf(step)) this.#stored.set(name, effect?.of);
    return [
      ...missing.map((slot) => `nothing has been stored in ${slot}`),
      ...others.map((slot) => `${slot} is that of ${this.#stored.get(slot)}`),
    ].map((message) => ({ invariant: 'slots', message }));
  }

  /** True if every slot that a step reads is of the file or address of the effect. */
  fits(step: Step, effect: CallEffect): boolean {
    return !slotsOf(step).some((slot) => this.#isOfAnother(slot, effect));
  }

  #isOfAnother(slot: Slot, effect: CallEffect | undefined): boolean {
    const of = this.#stored.get(slot);
    return of !== undefined && effect?.of !== undefined && !`${effect.of}`.startsWith(`${of}`);
  }
}

/** Slots that a step fills: the gate itself stores each connection. */
function storesOf(step: Step): readonly Slot[] {
  const stores =
    step.verb === 'serve' ? [step.connection, step.log] : step.verb === 'call' ? [step.store] : [];
  return stores.filter((name) => name !== undefined);
}

/** Each process that makes a step asks for its slots. */
const READ = new WeakMap<Step, readonly Slot[]>();

/** Slots that an earlier step must have filled. */
function slotsOf(step: Step): readonly Slot[] {
  const slots = READ.get(step) ?? slotsReadBy(step);
  READ.set(step, slots);
  return slots;
}

function slotsReadBy(step: Step): readonly Slot[] {
  if (step.verb === 'serve') {
    const notify = step.notify === undefined ? [] : [step.notify];
    return [...step.listeners, step.epoll, step.childSignal, ...notify];
  }
  if (step.verb !== 'call') return [];
  return step.operands.flatMap((operand) => {
    if (operand.kind === 'slot') return [operand.slot];
    if (operand.kind !== 'data') return [];
    return operand.data.patches.flatMap(({ source }) => (source.kind === 'slot' ? [source.slot] : []));
  });
}
