import { constantNumber } from '../../kernel/constants.ts';
import { MAX_ERRNO } from '../../kernel/errno.ts';
import type { Diagram, Diagrams } from './diagram.ts';

// The kernel's treatment of returned values. Source: `seccomp_run_filters` and `__seccomp_filter`,
// kernel/seccomp.c.
const ACTION_MASK = constantNumber('SECCOMP_RET_ACTION_FULL');
const DATA_MASK = constantNumber('SECCOMP_RET_DATA');
const KILL_PROCESS = constantNumber('SECCOMP_RET_KILL_PROCESS');
const KILL_THREAD = constantNumber('SECCOMP_RET_KILL_THREAD');
const TRAP = constantNumber('SECCOMP_RET_TRAP');
const ERRNO = constantNumber('SECCOMP_RET_ERRNO');
const USER_NOTIF = constantNumber('SECCOMP_RET_USER_NOTIF');
const TRACE = constantNumber('SECCOMP_RET_TRACE');
const LOG = constantNumber('SECCOMP_RET_LOG');
const ALLOW = constantNumber('SECCOMP_RET_ALLOW');

/** Of two returned values the one that counts: actions are ordered as signed numbers; of equals the first. */
export function moreRestrictive(first: number, second: number): number {
  return ((second & ACTION_MASK) | 0) < ((first & ACTION_MASK) | 0) ? second : first;
}

/** Returns the one value for all values that the kernel treats alike: unknown actions kill, data that is never used is 0. */
export function effectiveValue(value: number): number {
  const action = (value & ACTION_MASK) >>> 0;
  const data = value & DATA_MASK;
  switch (action) {
    case TRAP:
    case TRACE:
      return value >>> 0;
    case ERRNO:
      return ERRNO + Math.min(data, MAX_ERRNO);
    case KILL_THREAD:
    case USER_NOTIF:
    case LOG:
    case ALLOW:
      return action;
    default:
      return KILL_PROCESS;
  }
}

/**
 * Returns the kernel's action for each call under several filters, the newest first. All of them run, and the most restrictive
 * answer counts. Of equal answers, the newest one gives the data. Without a filter every call is allowed.
 */
export function stackDiagram(diagrams: Diagrams, newestFirst: readonly Diagram[]): Diagram {
  const [newest, ...older] = newestFirst;
  const returned = older.reduce(
    (stack, next) => diagrams.combine(moreRestrictive, stack, next),
    newest ?? diagrams.answer(ALLOW),
  );
  return diagrams.map(effectiveValue, returned);
}
