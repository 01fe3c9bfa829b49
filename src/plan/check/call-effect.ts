import type { Argument } from '../builder.ts';
import type { Contract } from '../contract.ts';
import type { PlanShape } from '../launch-mode.ts';
import type { CapabilityNeed } from '../need.ts';
import type { CallStep, Expectation, Phase, Role, Slot } from '../step.ts';
import type { Credentials } from './credentials.ts';
import type { Deed, DeedName } from './deeds.ts';
import type { Invariant } from './violation.ts';

/** An argument that points at data which `kernel` reads for itself. */
export const ANY_DATA = 'any data';

/** A number that must stand in memory after a call. */
export interface Found {
  readonly operand: number;
  readonly offset: number;
  readonly width: 4 | 8;
  readonly mask: bigint;
  readonly equals: bigint;
}

/**
 * One form of a call that a plan may contain: where, with which arguments and which answer, and what it does. A call in
 * any other form is a violation. A form that the plan lacks is one as well, reported in the words of its deed.
 */
export interface CallEffect extends Deed {
  readonly call: string;
  readonly phase: Phase;
  readonly roles: readonly Role[];
  /** As a step of the plan has them; `ANY_DATA` leaves it to `kernel`. */
  readonly operands: readonly Argument[];
  /** 0 if left out. */
  readonly expect?: Expectation;
  readonly tolerate?: readonly string[];
  readonly store?: Slot | undefined;
  readonly finds?: readonly Found[];
  /** The plan may lack it. */
  readonly optional?: boolean;
  /** It may be there more than once. */
  readonly repeats?: boolean;
  /** Deeds that come first, of the same or of none. */
  readonly after?: readonly DeedName[];
  /** Deeds that must not have been done yet. */
  readonly before?: readonly DeedName[];
  /** The invariant that a wrong order breaks; `step-order` if left out. */
  readonly order?: Invariant;
  /** The need of the step: its capability is effective then, and no other is. */
  readonly needs?: CapabilityNeed | undefined;
  /** The needs beyond which no capability is effective. */
  readonly within?: readonly CapabilityNeed[];
  /** Deeds that the kernel forgets. */
  readonly undoes?: readonly DeedName[];
  /** Changes the credentials as the kernel would, or answers why it would refuse. */
  readonly kernel?: (credentials: Credentials, step: CallStep) => string | undefined;
}

/** The effects of one concern in a plan of this contract. */
export type EffectsOf = (contract: Contract) => readonly CallEffect[];

/** The processes that execute a phase, by the shape of the plan. */
export interface Processes {
  /** All that stay when the launch is done. */
  readonly staying: readonly Role[];
  /** The one that serves, or becomes the program itself. */
  readonly service: readonly Role[];
  /** The one that becomes the program, and in which phase. */
  readonly program: { readonly phase: Phase; readonly roles: readonly Role[] };
}

export function processesOf(shape: PlanShape): Processes {
  if (shape === 'direct')
    return {
      staying: ['outer'],
      service: ['outer'],
      program: { phase: 'confine', roles: ['outer'] },
    };
  return {
    staying: ['outer', 'inner'],
    service: ['inner'],
    program: { phase: 'session', roles: ['session'] },
  };
}
