import { MAX_ERRNO } from '../../../kernel/errno.ts';
import type { Action } from '../../action.ts';

/** Words that name answers; those in brackets take a number. */
export const ACTIONS: ReadonlyMap<string, (data: number) => Action> = new Map<
  string,
  (data: number) => Action
>([
  ['ALLOW', () => ({ kind: 'allow' })],
  ['LOG', () => ({ kind: 'log' })],
  ['USER_NOTIF', () => ({ kind: 'user_notif' })],
  ['KILL', () => ({ kind: 'kill_thread' })],
  ['KILL_THREAD', () => ({ kind: 'kill_thread' })],
  ['DENY', () => ({ kind: 'kill_thread' })],
  ['KILL_PROCESS', () => ({ kind: 'kill_process' })],
  ['ERRNO', (data) => ({ kind: 'errno', errno: Math.min(data, MAX_ERRNO) })],
  ['TRAP', (data) => ({ kind: 'trap', data })],
  ['TRACE', (data) => ({ kind: 'trace', data })],
]);
/** Those that do. */
export const WITH_DATA: readonly string[] = ['ERRNO', 'TRAP', 'TRACE'];
