import { MAX_ERRNO } from '../../../kernel/errno.ts';
import type { Action } from '../../action.ts';
import type { JsonValue } from '../json.ts';
import { JsonFields } from '../json-fields.ts';
import type { Problems } from '../problems.ts';

const PLAIN: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['allow', { kind: 'allow' }],
  ['kill_process', { kind: 'kill_process' }],
  ['kill_thread', { kind: 'kill_thread' }],
  ['log', { kind: 'log' }],
  ['trap', { kind: 'trap', data: 0 }],
]);

const KNOWN = `actions are ${[...PLAIN.keys()].map((name) => `"${name}"`).join(', ')}, {"errno": N} and {"trace": N}`;

/** Returns the action of seccompiler's JSON. Any other value is reported, and returns `undefined`. */
export function seccompilerAction(value: JsonValue, problems: Problems): Action | undefined {
  if (value.kind === 'text') {
    const action = PLAIN.get(value.value);
    if (action === undefined) {
      const message = `no action is called '${value.value.slice(0, 60)}'`;
      problems.error('unknown-action', message, value.span, KNOWN);
    }
    return action;
  }
  const [name, ...others] = value.kind === 'object' ? [...value.members.keys()] : [];
  const isNamed = (name === 'errno' || name === 'trace') && others.length === 0;
  if (value.kind !== 'object' || !isNamed || value.members.get(name)?.value.kind === 'null') {
    problems.error('unknown-action', 'this is no action', value.span, KNOWN);
    return undefined;
  }
  const number = new JsonFields(value, problems).unsigned(name, 32);
  if (number === undefined) return undefined;
  // The kernel looks at 16 bits of the number, and takes no errno above its highest.
  const data = Number(number & 0xffffn);
  return name === 'trace' ? { kind: 'trace', data } : { kind: 'errno', errno: Math.min(data, MAX_ERRNO) };
}
