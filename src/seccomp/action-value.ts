import { MAX_ERRNO } from '../kernel/errno.ts';
import type { Action } from './action.ts';

// SECCOMP_RET_*. Source: include/uapi/linux/seccomp.h.
const RETURN_VALUE: Readonly<Record<Action['kind'], number>> = {
  kill_process: 0x8000_0000,
  kill_thread: 0x0000_0000,
  trap: 0x0003_0000,
  errno: 0x0005_0000,
  user_notif: 0x7fc0_0000,
  trace: 0x7ff0_0000,
  log: 0x7ffc_0000,
  allow: 0x7fff_0000,
};

const ACTION_MASK = 0xffff_0000;
const DATA_MASK = 0x0000_ffff;

/** The kernel's order for stacked filters, the most restrictive first. */
const PRECEDENCE: readonly Action['kind'][] = [
  'kill_process',
  'kill_thread',
  'trap',
  'errno',
  'user_notif',
  'trace',
  'log',
  'allow',
];

/** Where an action stands in the kernel's order: 0 is the most restrictive. */
export function precedence(action: Action): number {
  return PRECEDENCE.indexOf(action.kind);
}

/** What a filter returns for an action: SECCOMP_RET_* with its data. */
export function actionValue(action: Action): number {
  switch (action.kind) {
    case 'errno':
      return RETURN_VALUE.errno + action.errno;
    case 'trap':
    case 'trace':
      return RETURN_VALUE[action.kind] + action.data;
    default:
      return RETURN_VALUE[action.kind];
  }
}

/** What the kernel makes of a returned value; one it does not know kills the process. */
export function decodeAction(value: number): Action {
  const kind = PRECEDENCE.find((candidate) => RETURN_VALUE[candidate] === (value & ACTION_MASK) >>> 0);
  const data = value & DATA_MASK;
  switch (kind) {
    case undefined:
      return { kind: 'kill_process' };
    case 'errno':
      return { kind, errno: Math.min(data, MAX_ERRNO) };
    case 'trap':
    case 'trace':
      return { kind, data };
    default:
      return { kind };
  }
}
