import { equal, NOT_NEGATIVE, value } from '../../builder.ts';
import { type CallEffect, type EffectsOf, processesOf } from '../call-effect.ts';
import type { DeedName } from '../deeds.ts';
import { getNoNewPrivileges, setNoNewPrivileges } from '../process-controls.ts';

/** Deeds that the kernel forgets with each change of credentials. Source: commit_creds() in kernel/cred.c. */
export const FORGOTTEN: readonly DeedName[] = ['nobody traces', 'nobody traces, read', 'end of the parent'];

const NULL = value(0, 'NULL');

/** The terminal, the keyring, and what ties a process to others. */
export const processEffects: EffectsOf = ({ shape }) => {
  const { staying } = processesOf(shape);
  return [
    ...terminal(shape),
    {
      call: 'keyctl',
      phase: 'confine',
      roles: staying,
      operands: ['KEYCTL_JOIN_SESSION_KEYRING', NULL, 0, 0, 0],
      expect: NOT_NEGATIVE,
      tolerate: ['ENOSYS'],
      deed: 'keyring',
    },
    ...(shape === 'direct' ? [] : guarded(shape)),
    {
      call: 'prctl',
      phase: 'confine',
      roles: staying,
      operands: ['PR_SET_NO_NEW_PRIVS', 1, 0, 0, 0],
      deed: 'no new privileges',
      kernel: setNoNewPrivileges,
    },
    {
      call: 'prctl',
      phase: 'confine',
      roles: staying,
      operands: ['PR_GET_NO_NEW_PRIVS', 0, 0, 0, 0],
      expect: equal(1),
      deed: 'no new privileges, read',
      kernel: getNoNewPrivileges,
    },
  ];
};

type Shape = Parameters<EffectsOf>[0]['shape'];

/** A wrapped program keeps the terminal, and a gate without a supervisor gets its Ctrl-C. */
function terminal(shape: Shape): readonly CallEffect[] {
  const leaves = { call: 'setsid', operands: [], expect: NOT_NEGATIVE, deed: 'terminal is left' } as const;
  const group: CallEffect = {
    call: 'setpgid',
    phase: 'session',
    roles: ['session'],
    operands: [0, 0],
    deed: 'process group',
  };
  switch (shape) {
    case 'serve':
      return [{ ...leaves, phase: 'prepare', roles: ['outer'] }, group];
    case 'standalone':
      return [{ ...leaves, phase: 'confine', roles: ['inner'] }, group];
    case 'wrap':
    case 'direct':
      return [];
  }
}

/** A gate ends with its parent. An outer gate without a supervisor may outlive its caller, as any program may. */
function guarded(shape: Shape): readonly CallEffect[] {
  const control = (operands: CallEffect['operands'], deed: DeedName): CallEffect => ({
    call: 'prctl',
    phase: 'confine',
    roles: ['outer', 'inner'],
    operands,
    deed,
  });
  return [
    {
      ...control(['PR_SET_PDEATHSIG', 'SIGKILL', 0, 0, 0], 'end of the parent'),
      roles: shape === 'serve' ? ['outer', 'inner'] : ['inner'],
    },
    control(['PR_SET_DUMPABLE', 0, 0, 0, 0], 'nobody traces'),
    { ...control(['PR_GET_DUMPABLE', 0, 0, 0, 0], 'nobody traces, read'), after: ['nobody traces'] },
  ];
}
