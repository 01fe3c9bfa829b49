import type { GateEvent } from '../gate-protocol/gate-event.ts';
import type { Architecture } from '../kernel/architecture.ts';
import { errnoText } from '../kernel/errno.ts';
import { syscallName } from '../kernel/system-calls.ts';
import type { AnswerFacts } from '../seccomp/answers/answer-facts.ts';
import type { Cause } from '../seccomp/answers/answered-call.ts';
import { answeredText, causeText, explainAnswer } from '../seccomp/answers/explain-answer.ts';
import { argumentsText } from '../seccomp/explain/arguments-text.ts';
import { callKind } from '../seccomp/explain/call-kind.ts';
import { type ExplainedPolicy, explainCall, filterOf } from '../seccomp/explain/explain-call.ts';
import { type ExplanationData, explanationData } from '../seccomp/explain/explanation-data.ts';
import { explanationText } from '../seccomp/explain/explanation-text.ts';
import type { ServiceRules } from './assignment.ts';
import { ExplanationBudget } from './explanation-budget.ts';

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

/** More explanations than a service has kinds of denied calls. */
const MOST_KEPT = 64;

/** A client chooses how many denied calls there are. */
const DENIED = { each: 4, all: 8 };

/** The recorder tells as many answers of one service in a second (gate/recorder/tell.c); it runs only while somebody looks. */
const ANSWERED = { each: 16, all: 32 };

/** The reason of a denied call, whatever its arguments are. */
type Reason = Pick<ExplainedCall, 'fields' | 'reason'>;

/** The explanations of a service by kind of call: a client can have the same call denied as often as it connects. */
interface Known {
  readonly policy: ExplainedPolicy;
  readonly byKind: Map<string, Reason>;
}

/** Returns an explainer of all services, which bounds how much they cost together. */
export function createExplainer(now: () => number = Date.now): Explainer {
  const denied = new ExplanationBudget(DENIED, now);
  const answered = new ExplanationBudget(ANSWERED, now);
  const services = new Map<ServiceRules, Known>();
  const knownOf = (rules: ServiceRules): Known => {
    const known = services.get(rules) ?? { policy: policyOf(rules), byKind: new Map() };
    services.set(rules, known);
    return known;
  };
  return {
    explain: ({ call, args }, rules) => {
      const registers = args?.map(BigInt);
      const named = namedCall(call, registers, rules.architecture);
      const { policy, byKind } = knownOf(rules);
      const kind = callKind(filterOf(policy), call, registers);
      const before = byKind.get(kind);
      if (before !== undefined) return inWords(named, before);
      if (!denied.take(rules)) return inWords(named, { fields: {}, reason: TOO_MANY });
      const explanation = explainCall(policy, { nr: call, args: registers });
      const made = { fields: explanationData(explanation), reason: explanationText(explanation) };
      if (byKind.size >= MOST_KEPT) byKind.clear();
      byKind.set(kind, made);
      return inWords(named, made);
    },
    explainAnswered: (event, rules, facts) => {
      const recorded = { ...event, args: event.args.map(BigInt) };
      if (answered.take(rules)) {
        const explanation = explainAnswer(knownOf(rules).policy, facts, recorded);
        const { rule, ...fields } = explanation;
        return {
          fields: { ...rule, ...fields },
          called: answeredText(explanation, recorded),
          reason: causeText(explanation),
        };
      }
      const { call_name, arguments: text = '' } = namedCall(event.call, recorded.args, rules.architecture);
      const named = { call_name, arguments: text };
      const fields = { ...named, errno_name: errnoText(event.errno) };
      return { fields, called: answeredText(named, recorded), reason: TOO_MANY };
    },
  };
}

const TOO_MANY = 'too many different calls in a second to explain each: portcullis why explains this one';

type NamedCall = Pick<ExplanationData, 'call_name' | 'arguments'>;

/** The call and its arguments as text, without the rules. */
function namedCall(call: number, args: readonly bigint[] | undefined, architecture: Architecture): NamedCall {
  const name = syscallName(call, architecture) ?? `syscall_${call}`;
  return args === undefined
    ? { call_name: name }
    : { call_name: name, arguments: argumentsText(name, args, architecture) };
}

function inWords(named: NamedCall, { fields, reason }: Reason): ExplainedCall {
  const { call_name: name, arguments: text } = named;
  const called = text === undefined ? name : `${name}(${text})`;
  return { fields: { ...fields, ...named }, called, reason };
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
