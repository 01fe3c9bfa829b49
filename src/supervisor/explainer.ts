import type { GateEvent } from '../gate-protocol/gate-event.ts';
import type { Architecture } from '../kernel/architecture.ts';
import { syscallArguments, syscallName } from '../kernel/system-calls.ts';
import type { AnswerFacts } from '../seccomp/answers/answer-facts.ts';
import type { Cause } from '../seccomp/answers/answered-call.ts';
import { answeredText, causeText, explainAnswer } from '../seccomp/answers/explain-answer.ts';
import { argumentsText } from '../seccomp/explain/arguments-text.ts';
import { type ExplainedPolicy, explainCall } from '../seccomp/explain/explain-call.ts';
import { type ExplanationData, explanationData } from '../seccomp/explain/explanation-data.ts';
import { calledText, explanationText } from '../seccomp/explain/explanation-text.ts';
import type { ServiceRules } from './assignment.ts';

export type DeniedEvent = Extract<GateEvent, { readonly event: 'denied' }>;

export type AnsweredEvent = Extract<GateEvent, { readonly event: 'answered' }>;

/** The fields of an answer beside those of its call. */
type AnswerFields = Cause & { readonly errno_name: string };

/** A denied call, or one that was answered with an error, in words. */
export interface ExplainedCall {
  /** The fields that the event gets beside those of the gate. */
  readonly fields: Readonly<Partial<ExplanationData & AnswerFields>>;
  /** The call with its arguments. */
  readonly called: string;
  /** Why it was answered so, and what would change the answer, in one line. */
  readonly reason: string;
}

/** The part that turns numbers into words. It brings the tables of the kernel, which a supervisor without denied calls does not need. */
export interface Explainer {
  explain(event: DeniedEvent, rules: ServiceRules): ExplainedCall;
  explainAnswered(event: AnsweredEvent, rules: ServiceRules, facts: AnswerFacts): ExplainedCall;
}

/** Explains an answer by the policy of its service. The recorder limits how many there are. */
export function explainAnswered(
  event: AnsweredEvent,
  rules: ServiceRules,
  facts: AnswerFacts,
): ExplainedCall {
  const recorded = { ...event, args: event.args.map(BigInt) };
  const explanation = explainAnswer(knownOf(rules).policy, facts, recorded);
  const { rule, ...fields } = explanation;
  return {
    fields: { ...rule, ...fields },
    called: answeredText(explanation, recorded),
    reason: causeText(explanation),
  };
}

/** More explanations than a service has kinds of denied calls. */
const MOST_KEPT = 64;

/** An explanation takes some milliseconds, and whoever has taken a session over chooses how many there are. */
const MOST_A_SECOND = 4;
const SECOND_MS = 1000;

/** The explanations of a service by call: a client can have the same call denied as often as it connects. */
interface Known {
  readonly policy: ExplainedPolicy;
  readonly byCall: Map<string, ExplainedCall>;
  second: number;
  made: number;
}

const known = new WeakMap<ServiceRules, Known>();

function knownOf(rules: ServiceRules): Known {
  const of = known.get(rules) ?? { policy: policyOf(rules), byCall: new Map(), second: 0, made: 0 };
  known.set(rules, of);
  return of;
}

/** Explains a denied call by the rules of its service. */
export function explain({ call, args }: DeniedEvent, rules: ServiceRules): ExplainedCall {
  const of = knownOf(rules);
  const key = keyOf(call, args, rules.architecture);
  const before = of.byCall.get(key);
  if (before !== undefined) return before;
  const registers = args?.map(BigInt);
  if (!mayExplain(of)) return unexplained(call, registers, rules.architecture);
  const explanation = explainCall(of.policy, { nr: call, args: registers });
  const fields = explanationData(explanation);
  const made = { fields, called: calledText(explanation), reason: explanationText(explanation) };
  if (of.byCall.size >= MOST_KEPT) of.byCall.clear();
  of.byCall.set(key, made);
  return made;
}

function mayExplain(of: Known): boolean {
  const second = Math.floor(Date.now() / SECOND_MS);
  if (second !== of.second) Object.assign(of, { second, made: 0 });
  of.made += 1;
  return of.made <= MOST_A_SECOND;
}

/** The call in words, without the rules. */
function unexplained(
  call: number,
  args: readonly bigint[] | undefined,
  architecture: Architecture,
): ExplainedCall {
  const name = syscallName(call, architecture) ?? `syscall_${call}`;
  const text = args === undefined ? undefined : argumentsText(name, args, architecture);
  return {
    fields: { call_name: name, ...(text === undefined ? {} : { arguments: text }) },
    called: text === undefined ? name : `${name}(${text})`,
    reason: `more than ${MOST_A_SECOND} different calls were denied in a second: portcullis why explains this one`,
  };
}

/** A call without what differs each time: an address counts as one. */
function keyOf(call: number, args: readonly string[] | undefined, architecture: Architecture): string {
  const declared = syscallArguments(syscallName(call, architecture) ?? '', architecture);
  const values = args?.map((value, index) =>
    declared?.[index]?.kind === 'pointer' && value !== '0x0' ? 'address' : value,
  );
  return [call, ...(values ?? [])].join(' ');
}

function policyOf(service: ServiceRules): ExplainedPolicy {
  const { architecture, around, default: fallback, kernel, rules, groups } = service;
  const lines = {
    default: fallback,
    kernel,
    rules,
    groups: new Map(Object.entries(groups)),
    span: undefined,
  };
  return { seccomp: lines, architecture, around };
}
