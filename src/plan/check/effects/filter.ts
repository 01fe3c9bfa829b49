import type { Program } from '../../../seccomp/index.ts';
import { data, NOT_NEGATIVE, value } from '../../builder.ts';
import { programData } from '../../steps/load-filter.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';

/** Each process loads the filter that was proved for it. */
export const filterEffects: EffectsOf = ({ programs, guard }) => {
  const { outer, inner, session } = programs;
  const asks = guard.kind === 'notification';
  return [
    { ...loading(outer), phase: 'confine', roles: ['outer'] },
    ...(inner === undefined ? [] : [innerFilter(inner, asks)]),
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

/** The gate answers where every exec asks it first. */
function innerFilter(program: Program, asks: boolean): CallEffect {
  const where = { phase: 'confine', roles: ['inner'] } as const;
  if (!asks) return { ...loading(program), ...where };
  return {
    ...loading(program, 'SECCOMP_FILTER_FLAG_NEW_LISTENER'),
    ...where,
    expect: NOT_NEGATIVE,
    store: 'notify',
  };
}
