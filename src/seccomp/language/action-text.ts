import { errnoName } from '../../kernel/errno.ts';
import type { Action } from '../action.ts';

/** An action as rules spell it. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case 'errno':
      return `errno(${errnoName(action.errno) ?? action.errno})`;
    case 'trap':
    case 'trace':
      return action.data === 0 ? action.kind : `${action.kind}(${action.data})`;
    default:
      return action.kind;
  }
}
