import type { Phase, Step } from '../step.ts';
import type { Violation } from './violation.ts';

const PHASES: readonly Phase[] = ['prepare', 'confine', 'session'];

/** The order that all steps have to keep. */
export class StepOrder {
  #phase: Phase = 'prepare';
  /** chroot(2) leaves the directory where it was: the next call must be chdir. */
  #rootChanged = false;
  #filtered = false;

  execute(step: Step): readonly Violation[] {
    const violations: Violation[] = [];
    if (PHASES.indexOf(step.phase) < PHASES.indexOf(this.#phase))
      violations.push({ invariant: 'step-order', message: `it is of ${step.phase}, which is over` });
    if (this.#filtered && step.verb === 'call')
      violations.push({
        invariant: 'filter-last',
        message: 'the filter is on already; it is the last step of its phase',
      });
    if (this.#rootChanged && !(step.verb === 'call' && step.call === 'chdir'))
      violations.push({ invariant: 'chdir-after-chroot', message: 'chdir does not follow chroot' });
    this.#phase = step.phase;
    this.#rootChanged = step.verb === 'call' && step.call === 'chroot';
    this.#filtered ||= step.verb === 'call' && step.call === 'seccomp';
    return violations;
  }
}
