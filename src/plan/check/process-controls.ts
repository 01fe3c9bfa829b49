import type { CallStep } from '../step.ts';
import type { Credentials } from './credentials.ts';
import { numberOf } from './operand-values.ts';

/** Numbers of prctl(2), read from the operand and not from its text. Source: include/uapi/linux/prctl.h. */
export const PRCTL = {
  SET_PDEATHSIG: 1n,
  GET_DUMPABLE: 3n,
  SET_DUMPABLE: 4n,
  SET_KEEPCAPS: 8n,
  CAPBSET_READ: 23n,
  CAPBSET_DROP: 24n,
  GET_SECUREBITS: 27n,
  SET_SECUREBITS: 28n,
  SET_NO_NEW_PRIVS: 38n,
  GET_NO_NEW_PRIVS: 39n,
  CAP_AMBIENT: 47n,
} as const;
/** CAP_CHECKPOINT_RESTORE of Linux 5.9, which is the oldest that a plan is made for. */
const LAST_KNOWN_CAPABILITY = 40n;
const AMBIENT_RAISE = 2n;
const AMBIENT_CLEAR_ALL = 4n;

/** What prctl(2) does to credentials: why the kernel would refuse, or would answer something else than is expected. */
export function controlCredentials(step: CallStep, credentials: Credentials): string | undefined {
  const argument = numberOf(step, 1);
  switch (numberOf(step, 0)) {
    case PRCTL.SET_KEEPCAPS:
      return credentials.setKeepCapabilities(argument === 1n);
    case PRCTL.CAPBSET_DROP:
      return credentials.dropBounding(Number(argument));
    case PRCTL.CAPBSET_READ:
      return expects(step, (credentials.bounding >> argument) & 1n)
        ? undefined
        : 'the bounding set is another';
    case PRCTL.SET_SECUREBITS:
      return credentials.setSecurebits(argument);
    case PRCTL.GET_SECUREBITS:
      return expects(step, credentials.securebits) ? undefined : 'the secure bits are others';
    case PRCTL.SET_NO_NEW_PRIVS:
      if (argument !== 1n) return 'no_new_privs can only be set to 1';
      credentials.noNewPrivileges = true;
      return undefined;
    case PRCTL.GET_NO_NEW_PRIVS:
      return expects(step, credentials.noNewPrivileges ? 1n : 0n) ? undefined : 'no_new_privs is another';
    case PRCTL.CAP_AMBIENT:
      if (argument === AMBIENT_CLEAR_ALL) credentials.ambient = 0n;
      return argument === AMBIENT_RAISE ? credentials.raiseAmbient(Number(numberOf(step, 2))) : undefined;
    default:
      return undefined;
  }
}

/** Calls of prctl(2) that belong together, by the name of what one sets and the other reads. */
export function controlReadBack(step: CallStep): { readonly sets?: string; readonly reads?: string } {
  const capability = numberOf(step, 1);
  switch (numberOf(step, 0)) {
    case PRCTL.SET_NO_NEW_PRIVS:
      return { sets: 'PR_SET_NO_NEW_PRIVS' };
    case PRCTL.GET_NO_NEW_PRIVS:
      return { reads: 'PR_SET_NO_NEW_PRIVS' };
    case PRCTL.SET_SECUREBITS:
      return { sets: 'PR_SET_SECUREBITS' };
    case PRCTL.GET_SECUREBITS:
      return { reads: 'PR_SET_SECUREBITS' };
    case PRCTL.CAPBSET_DROP:
      return capability <= LAST_KNOWN_CAPABILITY ? { sets: `PR_CAPBSET_DROP of ${capability}` } : {};
    case PRCTL.CAPBSET_READ:
      return { reads: `PR_CAPBSET_DROP of ${capability}` };
    default:
      return {};
  }
}

export function expects(step: CallStep, value: bigint): boolean {
  return step.expect.kind === 'equal' && step.expect.value === value;
}
