import { errnoOf } from '../../../kernel/errno.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Action } from '../../action.ts';
import type { Problems } from '../problems.ts';

/** Every action of the OCI runtime specification, with libseccomp's meaning of it. */
const ACTIONS: ReadonlyMap<string, Action['kind']> = new Map([
  ['SCMP_ACT_KILL', 'kill_thread'],
  ['SCMP_ACT_KILL_THREAD', 'kill_thread'],
  ['SCMP_ACT_KILL_PROCESS', 'kill_process'],
  ['SCMP_ACT_TRAP', 'trap'],
  ['SCMP_ACT_ERRNO', 'errno'],
  ['SCMP_ACT_TRACE', 'trace'],
  ['SCMP_ACT_ALLOW', 'allow'],
  ['SCMP_ACT_LOG', 'log'],
  ['SCMP_ACT_NOTIFY', 'user_notif'],
]);

/** The number of ERRNO and TRACE by default: EPERM. */
const EPERM = errnoOf('EPERM');

/** Returns the action of a name. `errno` is the number that the profile writes beside it, if any. */
export function ociAction(
  name: { readonly value: string; readonly span: Span },
  errno: number | undefined,
  problems: Problems,
): Action | undefined {
  const kind = ACTIONS.get(name.value);
  switch (kind) {
    case undefined: {
      const close = nearest(name.value, ACTIONS.keys());
      const help =
        close === undefined ? `actions are ${[...ACTIONS.keys()].join(', ')}` : `did you mean '${close}'?`;
      problems.error('oci-action', `no action is called '${name.value.slice(0, 60)}'`, name.span, help);
      return undefined;
    }
    case 'errno':
      return { kind, errno: errno ?? EPERM };
    case 'trace':
      return { kind, data: errno ?? EPERM };
    case 'trap':
      return { kind, data: 0 };
    default:
      return { kind };
  }
}

/** The name of an action for an export; the number stands in `errnoRet`. */
export function ociActionName({ kind }: Action): string {
  if (kind === 'kill_thread') return 'SCMP_ACT_KILL_THREAD';
  for (const [name, candidate] of ACTIONS) if (candidate === kind) return name;
  return 'SCMP_ACT_KILL_PROCESS';
}
