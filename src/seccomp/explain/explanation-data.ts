import type { CallExplanation } from './explain-call.ts';
import type { OtherKeys } from './other-keys.ts';
import type { Proposal } from './proposal.ts';

/** An explanation as the fields of an event. */
export interface ExplanationData {
  readonly call_name: string;
  readonly arguments?: string;
  readonly rules: readonly RuleData[];
  /** Lines for `seccomp.rules`: the smallest that let the call through, or answer it so that the program goes on. */
  readonly allow: readonly string[];
  readonly keys: OtherKeys;
  readonly opens: readonly string[];
  /** The change that lets the call happen, where `allow` answers it with an error. */
  readonly otherwise?: Proposal;
  /** The rules that `seccomp.rules` has to begin with, because the policy lives by the default ones. */
  readonly default_rules?: readonly string[];
}

interface RuleData {
  /** Absent for a default rule. */
  readonly file?: string;
  readonly line?: number;
  readonly rule: string;
  readonly failed: string;
}

const NOTHING: Proposal = { allow: [], keys: {}, opens: [] };

/** The fields that an event of a denied call has beside those of the gate. */
export function explanationData(explanation: CallExplanation): ExplanationData {
  const { call, arguments: text, rules, quiet, allowing, defaults } = explanation;
  const { allow, keys, opens } = quiet ?? allowing ?? NOTHING;
  return {
    call_name: call,
    ...(text === undefined ? {} : { arguments: text }),
    rules: rules.map(({ source, rule, failed }) => ({
      ...(source === undefined ? {} : { file: source.file, line: source.line }),
      rule,
      failed,
    })),
    allow,
    keys,
    opens,
    ...(quiet === undefined || allowing === undefined ? {} : { otherwise: allowing }),
    ...(defaults.length === 0 || allow.length === 0 ? {} : { default_rules: defaults }),
  };
}
