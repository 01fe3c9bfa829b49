import type { CallStep } from '../step.ts';
import type { Credentials } from './credentials.ts';
import { numberOf } from './operand-values.ts';

// Calls of prctl(2) that change or read credentials: each answers why the kernel would refuse, or would answer something else
// than the step expects.

type Control = (credentials: Credentials, step: CallStep) => string | undefined;

export const keepCapabilities: Control = (credentials, step) =>
  credentials.setKeepCapabilities(numberOf(step, 1) === 1n);

export const dropBounding: Control = (credentials, step) =>
  credentials.dropBounding(Number(numberOf(step, 1)));

export const readBounding: Control = (credentials, step) =>
  expects(step, (credentials.bounding >> numberOf(step, 1)) & 1n) ? undefined : 'the bounding set is another';

export const setSecurebits: Control = (credentials, step) => credentials.setSecurebits(numberOf(step, 1));

export const getSecurebits: Control = (credentials, step) =>
  expects(step, credentials.securebits) ? undefined : 'the secure bits are others';

export const setNoNewPrivileges: Control = (credentials) => {
  credentials.noNewPrivileges = true;
  return undefined;
};

export const getNoNewPrivileges: Control = (credentials, step) =>
  expects(step, credentials.noNewPrivileges ? 1n : 0n) ? undefined : 'no_new_privs is another';

export const clearAmbient: Control = (credentials) => {
  credentials.ambient = 0n;
  return undefined;
};

export const raiseAmbient: Control = (credentials, step) =>
  credentials.raiseAmbient(Number(numberOf(step, 2)));

function expects(step: CallStep, value: bigint): boolean {
  return step.expect.kind === 'equal' && step.expect.value === value;
}
