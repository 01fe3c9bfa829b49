import type { GateEvent } from '../gate-protocol/gate-event.ts';
import type { Architecture } from '../kernel/architecture.ts';
import { syscallArguments, syscallName } from '../kernel/system-calls.ts';
import type { SeccompPolicy } from '../policy/seccomp-policy.ts';
import { explainCall } from '../seccomp/explain/explain-call.ts';
import { type ExplanationData, explanationData } from '../seccomp/explain/explanation-data.ts';
import { calledText, explanationText } from '../seccomp/explain/explanation-text.ts';
import type { ServiceRules } from './assignment.ts';

export type DeniedEvent = Extract<GateEvent, { readonly event: 'denied' }>;

/** A denied call in words. */
export interface ExplainedDenial {
  /** The fields that the event gets beside those of the gate. */
  readonly fields: ExplanationData;
  /** The call with its arguments. */
  readonly called: string;
  /** Why it was denied, and what would let it through, in one line. */
  readonly reason: string;
}

/** What turns numbers into words. It brings the tables of the kernel, which a supervisor without denied calls does not need. */
export interface Explainer {
  explain(event: DeniedEvent, rules: ServiceRules): ExplainedDenial;
}

/** More explanations than a service has kinds of denied calls. */
const MOST_KEPT = 64;

/** Explanations by call: a client can have the same call denied as often as it connects. */
const kept = new WeakMap<ServiceRules, Map<string, ExplainedDenial>>();

/** Explains a denied call by the rules of its service. */
export function explain({ call, args }: DeniedEvent, rules: ServiceRules): ExplainedDenial {
  const known = kept.get(rules) ?? new Map<string, ExplainedDenial>();
  kept.set(rules, known);
  const key = keyOf(call, args, rules.architecture);
  const before = known.get(key);
  if (before !== undefined) return before;
  const { architecture, around } = rules;
  const explanation = explainCall(
    { seccomp: policyOf(rules), architecture, around },
    { nr: call, args: args?.map(BigInt) },
  );
  const fields = explanationData(explanation);
  const made = { fields, called: calledText(explanation), reason: explanationText(explanation) };
  if (known.size >= MOST_KEPT) known.clear();
  known.set(key, made);
  return made;
}

/** A call without what differs each time: an address counts as one. */
function keyOf(call: number, args: readonly string[] | undefined, architecture: Architecture): string {
  const declared = syscallArguments(syscallName(call, architecture) ?? '', architecture);
  const values = args?.map((value, index) =>
    declared?.[index]?.kind === 'pointer' && value !== '0x0' ? 'address' : value,
  );
  return [call, ...(values ?? [])].join(' ');
}

function policyOf({ default: fallback, kernel, rules, groups }: ServiceRules): SeccompPolicy {
  return { default: fallback, kernel, rules, groups: new Map(Object.entries(groups)), span: undefined };
}
