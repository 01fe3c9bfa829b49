import { ERRNO_NAMES, errnoNumber, MAX_ERRNO } from '../../kernel/errno.ts';
import { nearest } from '../../policy/nearest.ts';
import type { Action } from '../action.ts';
import { attempt, type Result, RuleError } from './problem.ts';
import { TokenReader } from './token-reader.ts';

const ACTION_WORDS = [
  'kill_process',
  'kill_thread',
  'trap',
  'errno',
  'trace',
  'log',
  'user_notif',
  'allow',
] as const;

/** The data of trap and trace is 16 bits: SECCOMP_RET_DATA, include/uapi/linux/seccomp.h. */
const MAX_DATA = 0xffff;

/** Parses the text of an action, such as `errno(EPERM)`. */
export function parseAction(text: string): Result<Action> {
  return attempt(() => {
    const reader = new TokenReader(text);
    const action = readAction(reader);
    if (reader.peek().kind !== 'end') reader.fail('the end of the action');
    return action;
  });
}

/** Reads an action; throws a `RuleError`. */
export function readAction(reader: TokenReader): Action {
  const token = reader.peek();
  if (token.kind !== 'word') return reader.fail(`an action (${ACTION_WORDS.join(', ')})`);
  reader.next();
  switch (token.text) {
    case 'kill_process':
    case 'kill_thread':
    case 'log':
    case 'user_notif':
    case 'allow':
      return { kind: token.text };
    case 'errno':
      return { kind: 'errno', errno: readErrno(reader) };
    case 'trap':
    case 'trace':
      return { kind: token.text, data: readData(reader) };
    default: {
      const close = nearest(token.text, ACTION_WORDS);
      const help =
        close === undefined ? `actions are ${ACTION_WORDS.join(', ')}` : `did you mean '${close}'?`;
      throw new RuleError('unknown-action', `no action is called '${token.text}'`, token, help);
    }
  }
}

function readErrno(reader: TokenReader): number {
  reader.expect('(', "say which: 'errno(EPERM)'");
  const token = reader.next();
  let errno: number;
  if (token.kind === 'number') {
    if (token.value > BigInt(MAX_ERRNO)) {
      throw new RuleError('unknown-errno', `errno ${token.text} is above ${MAX_ERRNO}`, token);
    }
    errno = Number(token.value);
  } else if (token.kind === 'word') {
    const known = errnoNumber(token.text);
    if (known === undefined) {
      const close = nearest(token.text, ERRNO_NAMES);
      const help = close === undefined ? undefined : `did you mean '${close}'?`;
      throw new RuleError('unknown-errno', `no errno is called '${token.text}'`, token, help);
    }
    errno = known;
  } else {
    throw new RuleError(
      'rule-syntax',
      'expected the name or the number of an errno',
      token,
      "such as 'errno(EPERM)'",
    );
  }
  reader.expect(')');
  return errno;
}

function readData(reader: TokenReader): number {
  if (reader.take('(') === undefined) return 0;
  const token = reader.next();
  if (token.kind !== 'number' || token.value > BigInt(MAX_DATA)) {
    throw new RuleError('rule-syntax', `expected a number up to ${MAX_DATA}`, token);
  }
  reader.expect(')');
  return Number(token.value);
}
