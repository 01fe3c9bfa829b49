import { constantNumber } from '../kernel/constants.ts';
import { MAX_ERRNO } from '../kernel/errno.ts';
import type { Action } from './action.ts';

const RETURN_VALUE: Readonly<Record<Action['kind'], number>> = {
  kill_process: constantNumber('SECCOMP_RET_KILL_PROCESS'),
  kill_thread: constantNumber('SECCOMP_RET_KILL_THREAD'),
  trap: constantNumber('SECCOMP_RET_TRAP'),
  errno: constantNumber('SECCOMP_RET_ERRNO'),
  user_notif: constantNumber('SECCOMP_RET_USER_NOTIF'),
  trace: constantNumber('SECCOMP_RET_TRACE'),
  log: constantNumber('SECCOMP_RET_LOG'),
  allow: constantNumber('SECCOMP_RET_ALLOW'),
};

const ACTION_MASK = constantNumber('SECCOMP_RET_ACTION_FULL');
const DATA_MASK = constantNumber('SECCOMP_RET_DATA');

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

/** Returns the position of an action in the kernel's order: 0 is the most restrictive. */
export function precedence(action: Action): number {
  return PRECEDENCE.indexOf(action.kind);
}

/** Returns the value by which a filter answers an action: SECCOMP_RET_* with its data. */
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

/** Returns the action that the kernel takes for a returned value. A value that the kernel does not know kills the process. */
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
