import type { Slot, Step } from '../step.ts';
import type { Violation } from './violation.ts';

/** The results that a process has at hand for later steps, and those of its ancestors. */
export class StoredSlots {
  readonly #stored: Set<Slot>;

  constructor(parent?: StoredSlots) {
    this.#stored = new Set(parent === undefined ? [] : parent.#stored);
  }

  execute(step: Step): readonly Violation[] {
    const missing = slotsOf(step).filter((slot) => !this.#stored.has(slot));
    for (const name of storesOf(step)) this.#stored.add(name);
    return missing.map((slot) => ({ invariant: 'slots', message: `nothing has been stored in ${slot}` }));
  }
}

/** What a step stores: the gate itself stores what it accepts. */
function storesOf(step: Step): readonly Slot[] {
  const stores =
    step.verb === 'serve' ? [step.connection, step.log] : step.verb === 'call' ? [step.store] : [];
  return stores.filter((name) => name !== undefined);
}

/** What a step reads that an earlier one must have stored. */
function slotsOf(step: Step): readonly Slot[] {
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
