import { errnoText } from '../../kernel/errno.ts';
import { syscallName } from '../../kernel/system-calls.ts';
import { visible } from '../../policy/visible-text.ts';
import { argumentsText } from '../explain/arguments-text.ts';
import { type CallExplanation, type ExplainedPolicy, explainCall } from '../explain/explain-call.ts';
import { type ExplanationData, explanationData } from '../explain/explanation-data.ts';
import { explanationText } from '../explain/explanation-text.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { AnsweredCall, Cause } from './answered-call.ts';
import { privilegeCause } from './capability-cause.ts';
import { fileCause } from './file-cause.ts';
import { limitCause } from './limit-cause.ts';
import { networkCause } from './network-cause.ts';
import { startCause } from './start-cause.ts';
import { WATCHED_CALLS } from './watched-calls.ts';

/** The fields of an event about an answer. The strings of the program are escaped as a log is. */
export interface RecordedAnswer {
  readonly call: number;
  readonly args: readonly bigint[];
  readonly errno: number;
  readonly path?: string | undefined;
  readonly other_path?: string | undefined;
  readonly address?: string | undefined;
  readonly to_port?: number | undefined;
}

/** An answer in words. */
export interface AnswerExplanation extends Cause {
  readonly call_name: string;
  readonly arguments: string;
  readonly errno_name: string;
  /** The rules and the lines that change them, where a rule of the policy gave the answer. */
  readonly rule?: ExplanationData;
}

/** The causes in the order in which they are looked for: the first that fits counts. */
const CAUSES = [limitCause, startCause, networkCause, fileCause, privilegeCause];

/** Says which part of a policy answered a call with an error, and which key would change the answer. */
export function explainAnswer(
  policy: ExplainedPolicy,
  facts: AnswerFacts,
  recorded: RecordedAnswer,
): AnswerExplanation {
  const { architecture } = policy;
  const { args } = recorded;
  const call = syscallName(recorded.call, architecture) ?? `syscall_${recorded.call}`;
  const named = {
    call_name: call,
    arguments: argumentsText(call, args, architecture),
    errno_name: errnoText(recorded.errno),
  };
  const explanation = explainCall(policy, { nr: recorded.call, args });
  if (explanation.answer?.kind === 'errno' && explanation.answer.errno === recorded.errno)
    return { ...named, ...ruleCause(explanation) };
  const seen: AnsweredCall = {
    call,
    args,
    errno: named.errno_name,
    path: recorded.path,
    otherPath: recorded.other_path,
    address: recorded.address,
    port: recorded.to_port,
  };
  for (const cause of CAUSES) {
    const found = cause(seen, facts);
    if (found !== undefined) return { ...named, ...found };
  }
  return { ...named, cause: 'other', reason: 'no key of the policy is known to give this answer' };
}

function ruleCause(
  explanation: CallExplanation,
): Omit<AnswerExplanation, 'call_name' | 'arguments' | 'errno_name'> {
  const reason = explanationText(explanation);
  return { cause: 'rule', reason, key: 'seccomp.rules', rule: explanationData(explanation) };
}

/** The call as people write it, with what its addresses lead to: `openat(AT_FDCWD, "/etc/shadow", O_RDONLY)`. */
export function answeredText(
  { call_name: call, arguments: text }: Pick<AnswerExplanation, 'call_name' | 'arguments'>,
  { path, other_path: other, address, to_port: port }: RecordedAnswer,
): string {
  const watched = WATCHED_CALLS.get(call);
  const [first, second] = watched?.paths ?? [];
  const texts = text.split(', ');
  const put = (register: number | undefined, shown: string | undefined): void => {
    if (register !== undefined && shown !== undefined && register < texts.length) texts[register] = shown;
  };
  put(first ?? watched?.address, path === undefined ? undefined : `"${visible(path)}"`);
  put(second, other === undefined ? undefined : `"${visible(other)}"`);
  const host = address?.includes(':') === true ? `[${address}]` : address;
  put(watched?.address, host === undefined ? undefined : `${host}:${port}`);
  return `${call}(${texts.join(', ')})`;
}

/** The reason and the key that changes the answer, in one line. */
export function causeText({ cause, reason, key, value }: AnswerExplanation): string {
  if (cause === 'rule') return reason;
  return key === undefined
    ? `${reason}; no key changes it`
    : `${reason}; to change it: ${key}: ${value ?? 'another value'}`;
}
