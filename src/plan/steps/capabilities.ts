import { type CapabilitySet, capabilityNames, capabilitySet } from '../../kernel/capabilities.ts';
import { constantNumber } from '../../kernel/constants.ts';
import type { Span } from '../../policy/diagnostic.ts';
import type { CallOptions, PlanBuilder } from '../builder.ts';
import { data } from '../builder.ts';
import { type Data, readField, structData } from '../data.ts';
import type { CapabilityNeed } from '../need.ts';
import type { Role } from '../step.ts';

/** Two words of 32 bits for each set. */
const CAPABILITY_VERSION_3 = constantNumber('_LINUX_CAPABILITY_VERSION_3');

export interface CapabilitySets {
  readonly effective: CapabilitySet;
  readonly permitted: CapabilitySet;
  readonly inheritable: CapabilitySet;
}

export const NO_CAPABILITIES: CapabilitySets = { effective: 0n, permitted: 0n, inheritable: 0n };

/** `struct __user_cap_header_struct`: version and pid 0, the caller. */
export function capabilityHeader(): Data {
  return structData([
    [4, CAPABILITY_VERSION_3],
    [4, 0],
  ]);
}

/** `struct __user_cap_data_struct[2]`. */
export function capabilityData(sets: CapabilitySets): Data {
  const words = [0n, 32n].flatMap((shift) =>
    [sets.effective, sets.permitted, sets.inheritable].map(
      (set) => [4, (set >> shift) & 0xffff_ffffn] as const,
    ),
  );
  return structData(words);
}

/** The sets in a `struct __user_cap_data_struct[2]`. */
export function readCapabilityData(from: Data): CapabilitySets {
  const set = (index: number): CapabilitySet =>
    readField(from, 4 * index, 4) | (readField(from, 12 + 4 * index, 4) << 32n);
  return { effective: set(0), permitted: set(1), inheritable: set(2) };
}

/** A set as a person reads it. */
export function capabilityText(set: CapabilitySet): string {
  return set === 0n ? '{}' : `{${capabilityNames(set).join(' ')}}`;
}

function setsText(sets: CapabilitySets): string {
  const same = sets.effective === sets.permitted && sets.permitted === sets.inheritable;
  if (same) return `effective permitted inheritable ${capabilityText(sets.effective)}`;
  return `effective ${capabilityText(sets.effective)}, permitted ${capabilityText(sets.permitted)}, inheritable ${capabilityText(sets.inheritable)}`;
}

/** Sets all three sets of the calling thread. */
export function setCapabilities(builder: PlanBuilder, sets: CapabilitySets, options: CallOptions): void {
  builder.call(
    'capset',
    [data(capabilityHeader(), 'caller'), data(capabilityData(sets), setsText(sets))],
    options,
  );
}

/**
 * The privilege that the launcher has before it gives it up. Each step raises only what it needs: `hold` changes the
 * effective set and leaves the permitted one, from which the next step takes its own.
 */
export class HeldPrivilege {
  readonly #builder: PlanBuilder;
  readonly #permitted: CapabilitySet;
  #effective: CapabilitySet | undefined;

  constructor(builder: PlanBuilder, permitted: CapabilitySet) {
    this.#builder = builder;
    this.#permitted = permitted;
  }

  /** Raises the capabilities that the next steps need, where the launcher has them. */
  hold(need: CapabilityNeed, source?: Span, roles: readonly Role[] = this.#builder.roles): void {
    this.#set(capabilitySet([need.capability]), need.to, source, roles);
  }

  /** Lowers all capabilities: the next steps need none. */
  lower(why = 'nothing more is needed for now', source?: Span): void {
    this.#set(0n, why, source, this.#builder.roles);
  }

  /** Without a permitted set there is nothing to raise, and nothing to lower. */
  #set(wanted: CapabilitySet, why: string, source: Span | undefined, roles: readonly Role[]): void {
    const effective = wanted & this.#permitted;
    if (this.#permitted === 0n || effective === this.#effective) return;
    this.#effective = effective;
    const sets = { effective, permitted: this.#permitted, inheritable: 0n };
    this.#builder.call(
      'capset',
      [
        data(capabilityHeader(), 'caller'),
        data(capabilityData(sets), `effective ${capabilityText(effective)}`),
      ],
      { why, source, roles },
    );
  }
}
