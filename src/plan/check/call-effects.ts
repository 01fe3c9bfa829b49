import { operandOf } from '../builder.ts';
import type { Contract } from '../contract.ts';
import type { CallStep } from '../step.ts';
import { ANY_DATA, type CallEffect, type EffectsOf } from './call-effect.ts';
import { auditEffects } from './effects/audit.ts';
import { capabilityEffects } from './effects/capabilities.ts';
import { connectionTimesEffects } from './effects/connection-times.ts';
import { descriptorEffects } from './effects/descriptors.ts';
import { fileEffects } from './effects/files.ts';
import { filterEffects } from './effects/filter.ts';
import { identityEffects } from './effects/identity.ts';
import { landlockEffects } from './effects/landlock.ts';
import { limitEffects } from './effects/limits.ts';
import { loopbackEffects } from './effects/loopback.ts';
import { namespaceEffects } from './effects/namespaces.ts';
import { pageZeroEffects } from './effects/page-zero.ts';
import { processEffects } from './effects/process.ts';
import { receivedDescriptorEffects } from './effects/received-descriptors.ts';
import { schedulingEffects } from './effects/scheduling.ts';
import { signalEffects } from './effects/signals.ts';
import { socketEffects } from './effects/sockets.ts';
import { terminalEffects } from './effects/terminals.ts';
import { writableMountEffects } from './effects/writable-mounts.ts';
import { isCall } from './known-call.ts';
import type { Violation } from './violation.ts';

/** The table: every call that a plan may contain, by concern. Everything else is a violation. */
const CONCERNS: readonly EffectsOf[] = [
  descriptorEffects,
  processEffects,
  signalEffects,
  auditEffects,
  connectionTimesEffects,
  socketEffects,
  receivedDescriptorEffects,
  schedulingEffects,
  limitEffects,
  namespaceEffects,
  loopbackEffects,
  fileEffects,
  writableMountEffects,
  terminalEffects,
  pageZeroEffects,
  capabilityEffects,
  identityEffects,
  landlockEffects,
  filterEffects,
];

/** The table of one plan. */
export interface CallEffects {
  readonly all: readonly CallEffect[];
  /** The forms that a step has: several that differ only in what a slot holds. */
  readonly find: (step: CallStep) => readonly CallEffect[];
  /** The reason why a step has none. */
  readonly unknown: (step: CallStep) => Violation;
}

/** Plans of one contract have one table. */
const TABLES = new WeakMap<Contract, CallEffects>();

export function callEffects(contract: Contract): CallEffects {
  const made = TABLES.get(contract) ?? tableOf(contract);
  TABLES.set(contract, made);
  return made;
}

function tableOf(contract: Contract): CallEffects {
  const { architecture } = contract.facts;
  const all = CONCERNS.flatMap((concern) => concern(contract)).map((effect) => ({
    ...effect,
    operands: effect.operands.map((operand) =>
      operand === ANY_DATA ? operand : operandOf(operand, architecture),
    ),
  }));
  const byBeginning = new Map<string, CallEffect[]>();
  for (const effect of all) {
    const beginning = beginningOf(effect);
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), effect]);
  }
  // Each process that makes a step asks for it.
  const found = new WeakMap<CallStep, readonly CallEffect[]>();
  const formsOf = (step: CallStep): readonly CallEffect[] =>
    (byBeginning.get(beginningOf(step)) ?? []).filter((form) => isCall(step, form, architecture));
  return {
    all,
    find: (step) => {
      const forms = found.get(step) ?? formsOf(step);
      found.set(step, forms);
      return forms;
    },
    unknown: (step) =>
      unknown(
        step,
        all.filter(({ call }) => call === step.call),
      ),
  };
}

/** The call with its first arguments, which tell apart the 64 calls that drop a capability. */
function beginningOf({ call, operands }: Pick<CallEffect, 'call' | 'operands'>): string {
  const [first, second] = operands;
  return `${call} ${argumentKey(first)} ${argumentKey(second)}`;
}

function argumentKey(argument: CallEffect['operands'][number] | undefined): string {
  if (typeof argument !== 'object') return argument === undefined ? 'none' : 'data';
  return argument.kind === 'value' ? String(argument.value) : argument.kind;
}

function unknown(step: CallStep, forms: readonly CallEffect[]): Violation {
  const elsewhere = forms.every(({ phase }) => phase !== step.phase);
  const message =
    forms.length === 0
      ? `no step of this plan is to call ${step.call}`
      : elsewhere
        ? `no step of ${step.phase} is to call ${step.call}`
        : `${step.call} is to have other arguments, results or processes`;
  return { invariant: 'known-step', message };
}
