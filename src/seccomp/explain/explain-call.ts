import type { Architecture } from '../../kernel/architecture.ts';
import { syscallArguments, syscallName } from '../../kernel/system-calls.ts';
import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Action } from '../action.ts';
import { X32_SYSCALL_BIT } from '../call-number.ts';
import type { Filter, Rule } from '../filter.ts';
import { conditionText } from '../language/condition-text.ts';
import { filterOfRules } from '../language/resolve-filter.ts';
import { answerOf, happens } from './answer.ts';
import { argumentsText } from './arguments-text.ts';
import { exactRules } from './exact-rules.ts';
import { ownGroupsFor, WIDE } from './fitting-groups.ts';
import { groupRules } from './known-rules.ts';
import { type NamingRule, namingRules } from './naming-rules.ts';
import { type Proposal, proposalOf, proposalsFor } from './proposal.ts';
import type { Surroundings } from './surroundings.ts';

/** A call by its number, with its six registers where they are known. */
export interface DeniedCall {
  readonly nr: number;
  readonly args: readonly bigint[] | undefined;
}

/** A policy as far as it decides about calls. */
export interface ExplainedPolicy {
  readonly seccomp: SeccompPolicy;
  readonly architecture: Architecture;
  readonly around: Surroundings;
}

/** Why a policy answers a call as it does, and what would change the answer. */
export interface CallExplanation {
  /** The kernel's name; `syscall_600` for a number without one. */
  readonly call: string;
  /** The arguments as text; absent when they are not known. */
  readonly arguments: string | undefined;
  /** Absent when it depends on arguments that are not known. */
  readonly answer: Action | undefined;
  /** The lines that have the call, each with the reason why it does not get through. */
  readonly rules: readonly NamingRule[];
  /** The smallest change that lets the call happen; absent where no line does. */
  readonly allowing: Proposal | undefined;
  /** A change after which it is answered with an error, by the filter or by the kernel, and programs go on. */
  readonly quiet: Proposal | undefined;
  /** The default rules, which a policy without rules of its own has to write down beside others. */
  readonly defaults: readonly string[];
  /** The groups of our own that have the call, where only its arguments say which of them fits. */
  readonly groups: readonly string[];
}

/** Explains one call. The rules of the policy are right: somebody has checked them before. */
export function explainCall(policy: ExplainedPolicy, { nr, args }: DeniedCall): CallExplanation {
  const { seccomp, architecture, around } = policy;
  if (architecture === 'x86_64' && nr >= X32_SYSCALL_BIT) return foreignCall(nr);
  const filter = filterOf(policy);
  const call = syscallName(nr, architecture) ?? `syscall_${nr}`;
  const seen = args ?? withoutArguments(call, architecture);
  const answer =
    seen === undefined ? anyAnswer(filter, call) : startAnswer(call, policy, answerOf(filter, call, seen));
  const known = {
    call,
    arguments: args && argumentsText(call, args, architecture),
    answer,
    rules: namingRules(filter, call, seen),
    defaults: defaultRules(seccomp),
  };
  if (answer !== undefined && happens(answer))
    return { ...known, allowing: undefined, quiet: undefined, groups: [] };
  if (seen === undefined) return { ...known, ...byName(call, filter, policy) };
  const proposals = proposalsFor({ seccomp, filter, around, seen: { call, args: seen, architecture } });
  return { ...known, ...proposals, groups: [] };
}

/** A number of the x32 ABI, or -1: the filter refuses them before it looks at rules. */
function foreignCall(nr: number): CallExplanation {
  const answer: Action = { kind: 'kill_process' };
  const nothing = { allowing: undefined, quiet: undefined, defaults: [], groups: [] };
  return { call: `syscall_${nr}`, arguments: undefined, answer, rules: [], ...nothing };
}

const FILTERS = new WeakMap<ExplainedPolicy, Filter>();

/** Returns the filter of a policy, which is asked about more than one call. */
export function filterOf(policy: ExplainedPolicy): Filter {
  const known = FILTERS.get(policy) ?? filterOfRules(policy.seccomp, policy.architecture, policy.around.rest);
  FILTERS.set(policy, known);
  return known;
}

/** Programs are started as `exec` says; rules count only with `exec: allow`, and that allows execve where none has it. */
function startAnswer(call: string, { seccomp, around }: ExplainedPolicy, answer: Action): Action {
  if (call !== 'execve' && call !== 'execveat') return answer;
  switch (around.rest.exec) {
    case 'once':
      return happens(answer) ? { kind: 'kill_process' } : answer;
    case 'allow':
      return call === 'execve' && !seccomp.rules.some(({ text }) => /^execve\b/.test(text))
        ? { kind: 'allow' }
        : answer;
    default:
      return answer;
  }
}

/** The answer to a call with any arguments; `undefined` where they decide. */
function anyAnswer(filter: Filter, call: string): Action | undefined {
  const rules = filter.rules.filter((rule) => rule.call === call);
  if (rules.some(({ action, condition }) => !happens(action) && condition.kind !== 'true')) return undefined;
  const isConditional = rules.every(({ condition }) => condition.kind !== 'true');
  return isConditional && rules.length > 0 ? undefined : answerOf(filter, call, NO_ARGUMENTS);
}

const NO_ARGUMENTS: readonly bigint[] = [0n, 0n, 0n, 0n, 0n, 0n];

/** The registers of a call that takes none are known in any case. */
function withoutArguments(call: string, architecture: Architecture): readonly bigint[] | undefined {
  return syscallArguments(call, architecture)?.length === 0 ? NO_ARGUMENTS : undefined;
}

/** The change for a call whose arguments nobody told, if it is right for all of them, else the groups that have the call. */
function byName(
  call: string,
  filter: Filter,
  { seccomp, around, architecture }: ExplainedPolicy,
): Pick<CallExplanation, 'allowing' | 'quiet' | 'groups'> {
  const groups = groupsByName(call, filter, seccomp, around);
  const [first, ...others] = groups;
  const seen = { call, args: NO_ARGUMENTS, architecture };
  const input = { seccomp, filter, around, seen };
  const isBare = (rule: Rule): boolean => rule.call === call && rule.condition.kind === 'true';
  const whole = groups.filter((name) => groupRules(name, architecture, around.rest).some(isBare));
  const likely = [...whole, ...(first !== undefined && others.length === 0 ? [first] : [])];
  const proposals = likely.map((name) => proposalOf(name, input));
  // A form of the call may do without what the bare call opens.
  const hasForms = groups.length > whole.length || filter.rules.some((rule) => rule.call === call);
  const right = proposals.find(({ opens }) => opens.length === 0) ?? (hasForms ? undefined : proposals[0]);
  if (right !== undefined) return { allowing: right, quiet: undefined, groups: [] };
  if (groups.length > 0 || argumentsDecide(call, architecture))
    return { allowing: undefined, quiet: undefined, groups };
  return { ...proposalsFor(input), groups: [] };
}

/** The groups that have a call in a form that the policy does not have yet. */
function groupsByName(
  call: string,
  filter: Filter,
  seccomp: SeccompPolicy,
  { rest, program }: Surroundings,
): readonly string[] {
  const forms = (rules: readonly Rule[]): readonly string[] =>
    rules.flatMap((rule) =>
      rule.call === call ? [conditionText(rule.condition, call, filter.architecture)] : [],
    );
  const known = new Set(forms(filter.rules));
  const found = ownGroupsFor(seccomp, program).filter((name) =>
    forms(groupRules(name, filter.architecture, rest)).some((form) => !known.has(form)),
  );
  const narrow = found.filter((name) => !WIDE.has(name));
  return narrow.length > 0 ? narrow : found;
}

function argumentsDecide(call: string, architecture: Architecture): boolean {
  const [rule = call] = exactRules({ call, args: NO_ARGUMENTS, architecture });
  return rule !== call;
}

function defaultRules({ rules }: SeccompPolicy): readonly string[] {
  return rules.every(({ span }) => span === undefined) ? rules.map(({ text }) => text) : [];
}
