import {
  RLIM_INFINITY,
  RLIMIT_NAMES,
  RLIMITS,
  type Rlimit,
  type RlimitName,
} from '../../../kernel/rlimits.ts';
import { data, value } from '../../builder.ts';
import type { Contract } from '../../contract.ts';
import { emptyData, structData } from '../../data.ts';
import type { Phase, Role } from '../../step.ts';
import { COUNTED_LIMITS, gateDescriptors } from '../../steps/limits.ts';
import { type CallEffect, type EffectsOf, processesOf } from '../call-effect.ts';

const NULL = value(0, 'NULL');
const SIZE = 16;
const ALL = 0xffff_ffff_ffff_ffffn;

interface Where {
  readonly phase: Phase;
  readonly roles: readonly Role[];
}

/** All sixteen limits as the policy has them, set where they count the service and not the gate. */
export const limitEffects: EffectsOf = (contract) => {
  const { shape, policy, facts } = contract;
  const { staying, program } = processesOf(shape);
  const gate = { soft: gateDescriptors(policy), hard: facts.hardLimits.nofile };
  return [
    ...(shape === 'direct' ? [] : limiting('nofile', gate, { phase: 'prepare', roles: ['outer'] })),
    ...RLIMIT_NAMES.flatMap((name) =>
      limiting(
        name,
        limitOf(contract, name),
        COUNTED_LIMITS.has(name) ? program : { phase: 'confine', roles: staying },
      ),
    ),
  ];
};

/**
 * A limit that the policy names has its value; a default is lowered to the one that the caller may grant. Derived once
 * more beside the compiler's own rule.
 */
function limitOf({ policy, facts }: Contract, name: RlimitName): Rlimit {
  const most = policy.spans.has(`rlimits.${name}`) ? RLIM_INFINITY : facts.hardLimits[name];
  const { soft, hard } = policy.rlimits[name];
  const lowered = (limit: bigint): bigint => (most < limit ? most : limit);
  return { soft: lowered(soft), hard: lowered(hard) };
}

/** A session is short, and reads nothing back. */
function limiting(name: RlimitName, { soft, hard }: Rlimit, where: Where): readonly CallEffect[] {
  const wanted = structData([
    [8, soft],
    [8, hard],
  ]);
  const sets: CallEffect = {
    ...where,
    call: 'prlimit64',
    operands: [0, RLIMITS[name], data(wanted, ''), NULL],
    deed: 'limit',
    of: `${name} of ${where.phase}`,
  };
  if (where.phase === 'session') return [sets];
  const reads: CallEffect = {
    ...where,
    call: 'prlimit64',
    operands: [0, RLIMITS[name], NULL, data(emptyData(SIZE), '')],
    finds: [soft, hard].map((equals, index) => ({
      operand: 3,
      offset: 8 * index,
      width: 8,
      mask: ALL,
      equals,
    })),
    deed: 'limit read',
    of: `${name} of ${where.phase}`,
    after: ['limit'],
  };
  return [sets, reads];
}
