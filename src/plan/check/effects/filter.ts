import type { Program } from '../../../seccomp/index.ts';
import { data, NOT_NEGATIVE, value } from '../../builder.ts';
import { listenerFlags, programData } from '../../steps/load-filter.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';

/** Each process loads the filter that was proved for it. */
export const filterEffects: EffectsOf = ({ programs, guard, denials, facts }) => {
  const { outer, inner, session } = programs;
  const isAsked = guard.kind === 'notification' || denials.by === 'gate';
  const flags = isAsked ? listenerFlags(facts) : undefined;
  return [
    { ...loading(outer), phase: 'confine', roles: ['outer'] },
    ...(inner === undefined ? [] : [innerFilter(inner, flags)]),
    ...(session === undefined
      ? []
      : [{ ...loading(session), phase: 'session', roles: ['session'] } as const]),
  ];
};

function loading(
  program: Program,
  flags: string | undefined = undefined,
): Omit<CallEffect, 'phase' | 'roles'> {
  return {
    call: 'seccomp',
    operands: ['SECCOMP_SET_MODE_FILTER', flags ?? value(0, '0'), data(programData(program), '')],
    deed: 'filter',
    after: ['no new privileges'],
    order: 'no-new-privs-before-filter',
  };
}

/** The gate hears the calls that ask it. */
function innerFilter(program: Program, flags: string | undefined): CallEffect {
  const where = { phase: 'confine', roles: ['inner'] } as const;
  if (flags === undefined) return { ...loading(program), ...where };
  return {
    ...loading(program, flags),
    ...where,
    expect: NOT_NEGATIVE,
    store: 'notify',
  };
}
