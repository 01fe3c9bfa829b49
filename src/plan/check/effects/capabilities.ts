import { CAPABILITY_NAMES, capabilitySet } from '../../../kernel/capabilities.ts';
import { data, equal } from '../../builder.ts';
import type { Contract } from '../../contract.ts';
import { emptyData, readField } from '../../data.ts';
import type { CallStep, Role } from '../../step.ts';
import {
  type CapabilitySets,
  capabilityData,
  capabilityHeader,
  NO_CAPABILITIES,
  readCapabilityData,
} from '../../steps/capabilities.ts';
import { BOUNDING_SET_NEED, lockedSecurebits } from '../../steps/identity.ts';
import { ANY_DATA, type CallEffect, type EffectsOf, processesOf } from '../call-effect.ts';
import type { Credentials } from '../credentials.ts';
import { dataOf } from '../operand-values.ts';
import {
  clearAmbient,
  dropBounding,
  getSecurebits,
  keepCapabilities,
  raiseAmbient,
  readBounding,
  setSecurebits,
} from '../process-controls.ts';
import { words } from './identity.ts';
import { FORGOTTEN } from './process.ts';

/** Numbers that the bounding set is cleared of, on every kernel. */
const BOUNDING_END = 64;
const SET_SIZE = 24;

/** Capabilities are raised for a step and lowered again; in the end those are left that the policy grants. */
export const capabilityEffects: EffectsOf = (contract) => {
  const { identity, facts } = contract;
  const { staying, service } = processesOf(contract.shape);
  const holds = [
    { ...holding, phase: 'prepare', roles: ['outer'] },
    { ...holding, phase: 'confine', roles: staying },
    { ...holding, phase: 'confine', roles: service },
  ] as const;
  if (identity === undefined)
    return facts.permitted === 0n ? [] : [...left(NO_CAPABILITIES, staying), ...holds];
  return [
    ...cleared(contract, staying),
    ...finalSets(contract).flatMap(([roles, sets]) => left(sets, roles)),
    ...holds,
  ];
};

/** The effective set changes and nothing else; `ProcessModel` sees that each set that is held is needed. */
const holding: Omit<CallEffect, 'phase' | 'roles'> = {
  call: 'capset',
  operands: [data(capabilityHeader(), ''), ANY_DATA],
  deed: 'capability is raised',
  of: 'for a step',
  optional: true,
  repeats: true,
  undoes: FORGOTTEN,
  kernel: (credentials, step) => {
    const sets = dataOf(step, 1);
    if (sets?.bytes.length !== SET_SIZE || sets.patches.length > 0) return 'these are no sets';
    const { effective, permitted, inheritable } = readCapabilityData(sets);
    if (permitted !== credentials.permitted || inheritable !== 0n)
      return 'only the effective set is to change';
    if ((effective & (effective - 1n)) !== 0n) return 'one capability is held at a time';
    return credentials.setCapabilities(effective, permitted, inheritable);
  },
};

function setsOf(step: CallStep): CapabilitySets {
  const sets = dataOf(step, 1);
  return sets === undefined ? NO_CAPABILITIES : readCapabilityData(sets);
}

function setCapabilities(credentials: Credentials, step: CallStep): string | undefined {
  const { effective, permitted, inheritable } = setsOf(step);
  return credentials.setCapabilities(effective, permitted, inheritable);
}

function cleared(contract: Contract, staying: readonly Role[]): readonly CallEffect[] {
  const { policy, facts, identity } = contract;
  const kept = capabilitySet(policy.capabilities);
  const setpcap = capabilitySet([BOUNDING_SET_NEED.capability]);
  const sets = { effective: setpcap, permitted: kept | setpcap, inheritable: kept };
  const bits = lockedSecurebits(identity?.uid === 0);
  const control = { call: 'prctl', phase: 'confine', roles: staying } as const;
  return [
    {
      ...control,
      operands: ['PR_SET_KEEPCAPS', 1, 0, 0, 0],
      deed: 'capabilities pass the user',
      before: ['user'],
      kernel: keepCapabilities,
    },
    {
      ...control,
      call: 'capset',
      operands: [data(capabilityHeader(), ''), data(capabilityData(sets), '')],
      deed: 'capability is raised',
      of: 'to the last',
      undoes: FORGOTTEN,
      kernel: setCapabilities,
    },
    ...numbers(BOUNDING_END).map(
      (number): CallEffect => ({
        ...control,
        operands: ['PR_CAPBSET_DROP', number, 0, 0, 0],
        tolerate: ['EINVAL'],
        deed: 'bound is dropped',
        of: number,
        kernel: dropBounding,
      }),
    ),
    ...numbers(facts.lastCapability + 1).map(
      (number): CallEffect => ({
        ...control,
        operands: ['PR_CAPBSET_READ', number, 0, 0, 0],
        deed: 'bound read',
        of: number,
        after: ['bound is dropped'],
        kernel: readBounding,
      }),
    ),
    {
      ...control,
      operands: ['PR_CAP_AMBIENT', 'PR_CAP_AMBIENT_CLEAR_ALL', 0, 0, 0],
      deed: 'ambient is clear',
      before: ['ambient is raised'],
      kernel: clearAmbient,
    },
    ...policy.capabilities.map(
      (name): CallEffect => ({
        ...control,
        roles: processesOf(contract.shape).service,
        operands: ['PR_CAP_AMBIENT', 'PR_CAP_AMBIENT_RAISE', CAPABILITY_NAMES.indexOf(name), 0, 0],
        deed: 'ambient is raised',
        of: name,
        kernel: raiseAmbient,
      }),
    ),
    {
      ...control,
      operands: ['PR_SET_SECUREBITS', bits, 0, 0, 0],
      deed: 'bits are locked',
      kernel: setSecurebits,
    },
    {
      ...control,
      operands: ['PR_GET_SECUREBITS', 0, 0, 0, 0],
      expect: equal(bits),
      deed: 'bits read',
      after: ['bits are locked'],
      kernel: getSecurebits,
    },
  ];
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** The outer gate ends without capabilities, also where the service is granted some. */
function finalSets({ shape, policy }: Contract): readonly (readonly [readonly Role[], CapabilitySets])[] {
  const { staying, service } = processesOf(shape);
  const kept = capabilitySet(policy.capabilities);
  if (kept === 0n) return [[staying, NO_CAPABILITIES]];
  const granted = { effective: 0n, permitted: kept, inheritable: kept };
  const others = staying.filter((role) => !service.includes(role));
  return others.length === 0
    ? [[service, granted]]
    : [
        [others, NO_CAPABILITIES],
        [service, granted],
      ];
}

function left(sets: CapabilitySets, roles: readonly Role[]): readonly CallEffect[] {
  const wanted = capabilityData(sets);
  const six = numbers(SET_SIZE / 4).map((word) => Number(readField(wanted, 4 * word, 4)));
  const where = { phase: 'confine', roles } as const;
  return [
    {
      ...where,
      call: 'capset',
      operands: [data(capabilityHeader(), ''), data(wanted, '')],
      deed: 'capabilities are given up',
      undoes: FORGOTTEN,
      kernel: setCapabilities,
    },
    {
      ...where,
      call: 'capget',
      operands: [data(capabilityHeader(), ''), data(emptyData(SET_SIZE), '')],
      finds: words(1, six),
      deed: 'capabilities read',
      after: ['capabilities are given up'],
      kernel: (credentials) => isHeld(credentials, sets),
    },
  ];
}

function isHeld(credentials: Credentials, sets: CapabilitySets): string | undefined {
  const same = (name: keyof CapabilitySets): boolean => credentials[name] === sets[name];
  return same('effective') && same('permitted') && same('inheritable') ? undefined : 'it finds other sets';
}
