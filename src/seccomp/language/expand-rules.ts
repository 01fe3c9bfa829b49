import type { Architecture } from '../../kernel/architecture.ts';
import { SYSTEMD_GROUP_NAMES, systemdGroup } from '../../kernel/system-call-groups.ts';
import { isSystemCall, SYSTEM_CALL_NAMES } from '../../kernel/system-calls.ts';
import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import { nearest } from '../../policy/nearest.ts';
import type { RuleText, SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Action } from '../action.ts';
import { bareNumber, callNumber, canonicalCall } from '../call-number.ts';
import type { Condition } from '../condition.ts';
import type { Rule } from '../filter.ts';
import { OWN_GROUP_NAMES, ownGroup } from '../groups/own-groups.ts';
import type { RestOfPolicy } from '../groups/rest-of-policy.ts';
import { type ParsedRule, parseRule } from './parse-rule.ts';
import { attempt, problemDiagnostic, RuleError } from './problem.ts';
import { resolveCondition } from './resolve-condition.ts';
import type { Range, TargetSyntax } from './rule-syntax.ts';

/** A rule of one call, and where it comes from. */
export interface ExpandedRule extends Rule {
  /** Written in the policy itself, not taken from a group of ours or of systemd. */
  readonly explicit: boolean;
}

/** The properties that rules inside a group inherit from the rule that named the group. */
interface Context {
  readonly action: Action | undefined;
  /** The place where the policy names the group; `undefined` in the policy's own lines, which have places of their own. */
  readonly source: Span | undefined;
  readonly explicit: boolean;
  /** The groups that are being expanded. */
  readonly groups: readonly string[];
}

interface Expanded {
  readonly rules: readonly ExpandedRule[];
  /** The built-in groups that the rules allow, each with its first place. */
  readonly groups: ReadonlyMap<string, Span | undefined>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Replaces groups by their members and names by their meaning. Every rule with a problem is reported and left out. */
export function expandRules(policy: SeccompPolicy, architecture: Architecture, rest: RestOfPolicy): Expanded {
  const expansion = new Expansion(policy, architecture, rest);
  const top: Context = { action: undefined, source: undefined, explicit: true, groups: [] };
  const rules = policy.rules.flatMap((rule) => expansion.expand(rule, top));
  const groups = new Map(expansion.allowedGroups);
  for (const [name, members] of policy.groups) {
    expansion.checkGroupName(name, members);
    for (const member of members) expansion.expand(member, { ...top, groups: [name] });
  }
  return { rules, groups, diagnostics: [...expansion.diagnostics.values()] };
}

/** Answers that stop a call. A group denied as a whole is denied without the conditions of its members. */
function isDenial(action: Action | undefined): boolean {
  switch (action?.kind) {
    case 'kill_process':
    case 'kill_thread':
    case 'trap':
    case 'errno':
      return true;
    default:
      return false;
  }
}

class Expansion {
  /** By place and code: a group that is named twice reports its problems once. */
  readonly diagnostics = new Map<string, Diagnostic>();
  readonly allowedGroups = new Map<string, Span | undefined>();
  readonly #policy: SeccompPolicy;
  readonly #architecture: Architecture;
  readonly #rest: RestOfPolicy;

  constructor(policy: SeccompPolicy, architecture: Architecture, rest: RestOfPolicy) {
    this.#policy = policy;
    this.#architecture = architecture;
    this.#rest = rest;
  }

  expand(text: RuleText, context: Context): readonly ExpandedRule[] {
    const result = attempt(() => {
      const parsed = parseRule(text.text);
      if (!parsed.ok)
        throw new RuleError(parsed.problem.code, parsed.problem.message, parsed.problem, parsed.problem.help);
      return parsed.value.target.kind === 'group'
        ? this.#expandGroup(parsed.value, text, context)
        : this.#expandCall(parsed.value, text, context);
    });
    if (result.ok) return result.value;
    this.#report(problemDiagnostic(result.problem, text));
    return [];
  }

  /** A policy's own group must not change what a known group means to readers. */
  checkGroupName(name: string, members: readonly RuleText[]): void {
    if (ownGroup(name) === undefined && systemdGroup(name) === undefined) return;
    const message = `the group '${name}' exists already and cannot be defined again`;
    const span = members[0]?.span;
    this.#report({ code: 'group-redefined', severity: 'error', message, span, help: 'give it another name' });
  }

  #expandGroup(rule: ParsedRule, text: RuleText, context: Context): readonly ExpandedRule[] {
    const { name } = rule.target;
    if (context.groups.includes(name)) {
      throw new RuleError('group-cycle', `the group '${name}' contains itself`, rule.target);
    }
    const inner: Context = {
      action: rule.action ?? context.action,
      source: context.source ?? text.span,
      explicit: false,
      groups: [...context.groups, name],
    };
    const builtIn = ownGroup(name, this.#rest) ?? systemdGroup(name);
    if (builtIn !== undefined) {
      if (!isDenial(inner.action) && !this.allowedGroups.has(name))
        this.allowedGroups.set(name, inner.source);
      return builtIn.flatMap((member) => this.expand({ text: member, span: undefined }, inner));
    }
    const defined = this.#policy.groups.get(name);
    if (defined === undefined) throw this.#unknownGroup(rule.target);
    return defined.flatMap((member) => this.expand(member, { ...inner, source: undefined, explicit: true }));
  }

  #expandCall(rule: ParsedRule, text: RuleText, context: Context): readonly ExpandedRule[] {
    const { target } = rule;
    const call = canonicalCall(target.name, this.#architecture);
    if (callNumber(call, this.#architecture) === undefined) {
      if (context.explicit) this.#reportMissing(target, text);
      return [];
    }
    const action = rule.action ?? context.action ?? { kind: 'allow' };
    const everything =
      rule.condition === undefined || (rule.action === undefined && isDenial(context.action));
    const condition: Condition =
      rule.condition === undefined || everything
        ? { kind: 'true' }
        : resolveCondition(rule.condition, call, this.#architecture);
    return [{ call, condition, action, source: context.source ?? text.span, explicit: context.explicit }];
  }

  /** A call that this architecture does not have is no mistake when another one has it. */
  #reportMissing(target: TargetSyntax, text: RuleText): void {
    const { name } = target;
    if (isSystemCall(name)) {
      const message = `${this.#architecture} has no system call '${name}'; the rule has no effect there`;
      this.#report({
        ...problemDiagnostic(problem('call-elsewhere', message, target), text),
        severity: 'warning',
      });
      return;
    }
    const close = nearest(name, SYSTEM_CALL_NAMES);
    const help = close === undefined ? bareNumberHelp(name) : `did you mean '${close}'?`;
    this.#report(
      problemDiagnostic(problem('unknown-call', `no system call is named '${name}'`, target, help), text),
    );
  }

  #unknownGroup(target: TargetSyntax): RuleError {
    const known = [...this.#policy.groups.keys(), ...OWN_GROUP_NAMES, ...SYSTEMD_GROUP_NAMES];
    const close = nearest(target.name, known);
    const help =
      close === undefined
        ? `groups of our own are ${OWN_GROUP_NAMES.join(', ')}`
        : `did you mean '${close}'?`;
    return new RuleError('unknown-group', `no group is named '${target.name}'`, target, help);
  }

  #report(diagnostic: Diagnostic): void {
    const { code, message, span } = diagnostic;
    this.diagnostics.set(`${code} ${message} ${span?.file}:${span?.line}:${span?.column}`, diagnostic);
  }
}

function problem(
  code: string,
  message: string,
  { offset, length }: Range,
  help?: string,
): RuleError['problem'] {
  return { code, message, offset, length, help };
}

function bareNumberHelp(name: string): string | undefined {
  return name.startsWith('syscall_') && bareNumber(name) === undefined
    ? "a call without a name is written as 'syscall_' and its decimal number, below 2^30"
    : undefined;
}
