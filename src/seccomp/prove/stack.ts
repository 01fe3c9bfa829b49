import type { Diagram, Diagrams } from './diagram.ts';

// What the kernel makes of returned values. Source: `seccomp_run_filters` and `__seccomp_filter`, kernel/seccomp.c.
const ACTION_MASK = 0xffff_0000;
const DATA_MASK = 0x0000_ffff;
const KILL_PROCESS = 0x8000_0000;
const KILL_THREAD = 0x0000_0000;
const TRAP = 0x0003_0000;
const ERRNO = 0x0005_0000;
const USER_NOTIF = 0x7fc0_0000;
const TRACE = 0x7ff0_0000;
const LOG = 0x7ffc_0000;
const ALLOW = 0x7fff_0000;

const MAX_ERRNO = 4095;

/** Of two returned values the one that counts: actions are ordered as signed numbers; of equals the first. */
export function moreRestrictive(first: number, second: number): number {
  return ((second & ACTION_MASK) | 0) < ((first & ACTION_MASK) | 0) ? second : first;
}

/** The value by which all that the kernel treats alike is written: unknown actions kill, data that nobody sees is 0. */
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
 * What the kernel does for each call under several filters, the newest first: all of them run, the most restrictive
 * answer counts, of equals the newest one's data. Without a filter every call is allowed.
 */
export function stackDiagram(diagrams: Diagrams, newestFirst: readonly Diagram[]): Diagram {
  const [newest, ...older] = newestFirst;
  const returned = older.reduce(
    (stack, next) => diagrams.combine(moreRestrictive, stack, next),
    newest ?? diagrams.answer(ALLOW),
  );
  return diagrams.map(effectiveValue, returned);
}
