import type { Architecture } from '../../kernel/architecture.ts';
import {
  compareKernelReleases,
  type KernelRelease,
  OLDEST_KERNEL,
  parseKernelRelease,
  releaseText,
} from '../../kernel/kernel-release.ts';
import { syscallSince } from '../../kernel/system-call-age.ts';
import { isSystemCall, SYSTEM_CALL_NAMES, syscallNumber, syscallNumbers } from '../../kernel/system-calls.ts';
import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import { nearest } from '../../policy/nearest.ts';
import type { SeccompPolicy } from '../../policy/seccomp-policy.ts';
import type { Action } from '../action.ts';
import { callNumber, canonicalCall } from '../call-number.ts';
import { checkFilterSize, FilterTooLargeError } from '../compile/compile-filter.ts';
import { ENOSYS } from '../decision.ts';
import type { Filter, Rule } from '../filter.ts';
import { checkBoundaries } from '../groups/boundary-check.ts';
import { noteLeftOutSignals } from '../groups/left-out-signals.ts';
import { NO_POLICY, type RestOfPolicy } from '../groups/rest-of-policy.ts';
import { type ExpandedRule, expandRules } from './expand-rules.ts';
import { parseAction } from './parse-action.ts';
import { problemDiagnostic } from './problem.ts';
import { ruleWarnings } from './rule-warnings.ts';

/**
 * Calls that a filter cannot judge, because their parameters stand in memory. They answer ENOSYS unless the policy names them.
 * The C library and libuv then fall back to calls that can be judged. Groups never bring them.
 */
export const UNJUDGED: readonly string[] = [
  'clone3',
  'io_uring_enter',
  'io_uring_register',
  'io_uring_setup',
];

/**
 * Gives the rules of a policy their meaning on one architecture. With errors among the diagnostics the filter is not to be used.
 * `rest`: the policy around the rules, which decides what some of them open.
 */
export function resolveFilter(
  policy: SeccompPolicy,
  architecture: Architecture,
  rest: RestOfPolicy = NO_POLICY,
): { readonly filter: Filter; readonly diagnostics: readonly Diagnostic[] } {
  const expanded = expandRules(policy, architecture, rest);
  const fallback = resolveDefault(policy);
  const kernel = resolveKernel(policy);
  const rules = [...withoutUnjudged(expanded.rules), ...denyUnjudged(expanded.rules, architecture)];
  const filter: Filter = {
    architecture,
    default: fallback.action,
    ...unsupportedNumbers(rules, kernel.release, architecture),
    rules,
    overrides: [],
    weights:
      policy.weights &&
      new Map([...policy.weights].map(([name, { count }]) => [canonicalCall(name, architecture), count])),
    scope: undefined,
  };
  return {
    filter,
    diagnostics: [
      ...fallback.diagnostics,
      ...kernel.diagnostics,
      ...expanded.diagnostics,
      ...checkWeights(policy, architecture),
      ...ruleWarnings(expanded.rules, architecture),
      ...checkBoundaries(filter, rest, policy.default.span),
      ...noteLeftOutSignals(filter, expanded.groups, rest),
      ...checkSize(filter, policy.span),
    ],
  };
}

/** A misspelt name would weigh nothing; one of another architecture is none. */
function checkWeights(policy: SeccompPolicy, architecture: Architecture): readonly Diagnostic[] {
  return [...(policy.weights ?? [])].flatMap(([name, { span }]): readonly Diagnostic[] => {
    if (isSystemCall(name) || callNumber(name, architecture) !== undefined) return [];
    const close = nearest(name, SYSTEM_CALL_NAMES);
    const help =
      close === undefined ? 'write the kernel`s names of calls, as strace does' : `did you mean '${close}'?`;
    return [
      { code: 'unknown-call', severity: 'error', message: `no system call is named '${name}'`, span, help },
    ];
  });
}

function checkSize(filter: Filter, span: Span | undefined): readonly Diagnostic[] {
  try {
    checkFilterSize(filter);
    return [];
  } catch (error) {
    return [filterTooLarge(error, span)];
  }
}

/** Turns a `FilterTooLargeError` into a diagnostic of a policy. Any other error is thrown again. */
export function filterTooLarge(error: unknown, span: Span | undefined): Diagnostic {
  if (!(error instanceof FilterTooLargeError)) throw error;
  const help = 'use ranges, masks or whole calls instead of long lists of values';
  return { code: 'filter-too-large', severity: 'error', message: error.message, span, help };
}

function resolveDefault(policy: SeccompPolicy): { action: Action; diagnostics: readonly Diagnostic[] } {
  const parsed = parseAction(policy.default.text);
  if (parsed.ok) return { action: parsed.value, diagnostics: [] };
  return {
    action: { kind: 'kill_process' },
    diagnostics: [problemDiagnostic(parsed.problem, policy.default)],
  };
}

function resolveKernel(policy: SeccompPolicy): {
  release: KernelRelease | undefined;
  diagnostics: readonly Diagnostic[];
} {
  if (policy.kernel === undefined) return { release: undefined, diagnostics: [] };
  const { text, span } = policy.kernel;
  const release = parseKernelRelease(text);
  const oldest = releaseText(OLDEST_KERNEL);
  const problem = (
    code: string,
    message: string,
  ): { release: undefined; diagnostics: readonly Diagnostic[] } => ({
    release: undefined,
    diagnostics: [
      {
        code,
        severity: 'error',
        message,
        span,
        help: `write a release such as '6.1', from ${oldest} on`,
      },
    ],
  });
  if (release === undefined) return problem('kernel-release', `'${text}' is not a kernel release`);
  if (compareKernelReleases(release, OLDEST_KERNEL) < 0) {
    return problem(
      'kernel-too-old',
      `kernel ${text} is older than ${oldest}, the oldest that Portcullis supports`,
    );
  }
  return { release, diagnostics: [] };
}

function plain({ call, condition, action, source }: ExpandedRule): Rule {
  return { call, condition, action, source };
}

function withoutUnjudged(rules: readonly ExpandedRule[]): readonly Rule[] {
  return rules.filter((rule) => rule.explicit || !UNJUDGED.includes(rule.call)).map(plain);
}

function denyUnjudged(rules: readonly ExpandedRule[], architecture: Architecture): readonly Rule[] {
  const named = new Set(rules.filter((rule) => rule.explicit).map((rule) => rule.call));
  return UNJUDGED.filter((call) => !named.has(call) && syscallNumber(call, architecture) !== undefined).map(
    (call) => ({
      call,
      condition: { kind: 'true' },
      action: ENOSYS,
      source: undefined,
    }),
  );
}

/** The call numbers that the policy's kernel does not have and no rule names. */
function unsupportedNumbers(
  rules: readonly Rule[],
  kernel: KernelRelease | undefined,
  architecture: Architecture,
): Pick<Filter, 'unsupported' | 'firstUnknown'> {
  const named = new Set(rules.map((rule) => callNumber(rule.call, architecture)));
  const younger: number[] = [];
  let firstUnknown = 0;
  for (const [number, name] of syscallNumbers(architecture)) {
    const since = syscallSince(name);
    if (kernel !== undefined && since !== undefined && compareKernelReleases(since, kernel) > 0)
      younger.push(number);
    else firstUnknown = Math.max(firstUnknown, number + 1);
  }
  const unsupported = younger.filter((number) => number < firstUnknown && !named.has(number));
  return { unsupported: unsupported.sort((a, b) => a - b), firstUnknown };
}
