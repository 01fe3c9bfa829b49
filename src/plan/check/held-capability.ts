import { type CapabilitySet, capabilitySet } from '../../kernel/capabilities.ts';
import type { Phase, Step } from '../step.ts';
import { capabilityText } from '../steps/capabilities.ts';
import type { CallEffect } from './call-effect.ts';
import type { Credentials } from './credentials.ts';
import type { Violation } from './violation.ts';

/** The capability that a process has raised for a step, and whether one has needed it: none is raised for nothing. */
export class HeldCapability {
  readonly #credentials: Credentials;
  #unused: CapabilitySet = 0n;
  #phase: Phase = 'prepare';

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** A phase begins, and the gates part, with nothing raised. */
  before(step: Step): readonly Violation[] {
    const begins = step.phase !== this.#phase || step.verb === 'split';
    this.#phase = step.phase;
    return begins ? privilege(this.#credentials.effective, 'is effective where nothing needs it') : [];
  }

  /** A call whose effect the credentials have already. */
  after(effect: CallEffect): readonly Violation[] {
    if (effect.needs !== undefined) this.#unused &= ~capabilitySet([effect.needs.capability]);
    if (effect.call !== 'capset') return [];
    const unused = this.#unused;
    this.#unused = effect.repeats === true ? this.#credentials.effective : 0n;
    return privilege(unused, 'was raised, and no step needed it');
  }
}

function privilege(set: CapabilitySet, problem: string): readonly Violation[] {
  return set === 0n ? [] : [{ invariant: 'least-privilege', message: `${capabilityText(set)} ${problem}` }];
}
