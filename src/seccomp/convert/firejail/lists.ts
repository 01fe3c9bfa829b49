import { errnoNumber } from '../../../kernel/errno.ts';
import { isSystemCall, SYSTEM_CALL_NAMES } from '../../../kernel/system-calls.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Action } from '../../action.ts';
import type { Problems } from '../problems.ts';
import { FIREJAIL_GROUPS, firejailGroup } from './groups.ts';
import type { Layer } from './layer.ts';

/** An item of a list, with its place. */
export interface ListItem {
  readonly text: string;
  readonly span: Span;
}

const ALLOW: Action = { kind: 'allow' };

/**
 * `seccomp` and `seccomp.drop`: listed calls are denied. The first mention of a call counts; `!call` and `call:ERRNO` go before
 * all.
 */
export function dropLayer(
  defaults: string | undefined,
  items: readonly ListItem[],
  denial: Action,
  span: Span,
  problems: Problems,
): Layer {
  const calls = new Map<string, Action>();
  const add = (names: readonly string[], action: Action): void => {
    for (const name of names) if (!calls.has(name)) calls.set(name, action);
  };
  const entries = items.flatMap((item) => readItem(item, problems) ?? []);
  for (const { names, excepted, own } of entries) if (excepted || own !== undefined) add(names, own ?? ALLOW);
  if (defaults !== undefined) add(firejailGroup(defaults) ?? [], denial);
  for (const { names, excepted } of entries) if (!excepted) add(names, denial);
  return { calls, tests: [], otherwise: ALLOW, span };
}

/**
 * `seccomp.keep`: listed calls are allowed, and those that firejail needs for itself; `!call` and `call:ERRNO` go before all.
 */
export function keepLayer(items: readonly ListItem[], denial: Action, span: Span, problems: Problems): Layer {
  const calls = new Map<string, Action>();
  const entries = items.flatMap((item) => readItem(item, problems) ?? []);
  const add = (names: readonly string[], action: Action): void => {
    for (const name of names) if (!calls.has(name)) calls.set(name, action);
  };
  for (const { names, excepted, own } of entries)
    if (excepted || own !== undefined) add(names, own ?? denial);
  add(firejailGroup('@default-keep') ?? [], ALLOW);
  for (const { names, excepted } of entries) if (!excepted) add(names, ALLOW);
  return { calls, tests: [], otherwise: denial, span };
}

interface Entry {
  readonly names: readonly string[];
  readonly excepted: boolean;
  /** The action behind the colon. */
  readonly own: Action | undefined;
}

/**
 * Reads `call`, `!call`, `call:ERRNO`, `call:kill`, `$number` or `@list`. An item that firejail ignores is reported and
 * ignored.
 */
function readItem({ text, span }: ListItem, problems: Problems): Entry | undefined {
  if (text.startsWith('@')) {
    const names = firejailGroup(text);
    if (names !== undefined) return { names, excepted: false, own: undefined };
    const close = nearest(text.slice(0, 60), FIREJAIL_GROUPS);
    const help = close === undefined ? `lists are ${FIREJAIL_GROUPS.join(', ')}` : `did you mean '${close}'?`;
    problems.error('unknown-group', `firejail has no list '${text.slice(0, 60)}'`, span, help);
    return undefined;
  }
  const excepted = text.startsWith('!');
  const [name = '', answer] = text.slice(excepted ? 1 : 0).split(':', 2);
  const number = /^\$([0-9]{1,9})$/.exec(name)?.[1];
  if (number === undefined && !isSystemCall(name)) {
    const close = nearest(name.slice(0, 60), SYSTEM_CALL_NAMES);
    const help = close === undefined ? 'lists cannot be excepted' : `did you mean '${close}'?`;
    problems.loss(
      'unknown-call',
      `no system call is named '${name.slice(0, 60)}'; firejail passes over it`,
      span,
      help,
    );
    return undefined;
  }
  const names = [number === undefined ? name : `syscall_${Number(number)}`];
  if (answer === undefined || excepted) return { names, excepted, own: undefined };
  const errno = errnoNumber(answer);
  if (answer === 'kill') return { names, excepted, own: { kind: 'kill_thread' } };
  if (errno !== undefined) return { names, excepted, own: { kind: 'errno', errno } };
  problems.error(
    'unknown-errno',
    `no errno is called '${answer.slice(0, 60)}'`,
    span,
    "an errno by name, or 'kill'",
  );
  return undefined;
}
