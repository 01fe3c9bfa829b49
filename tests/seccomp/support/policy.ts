import type { Architecture } from '../../../src/kernel/architecture.ts';
import type { SeccompPolicy } from '../../../src/policy/seccomp-policy.ts';
import { type Filter, resolveFilter } from '../../../src/seccomp/index.ts';

/** A policy with one rule a line, as if the rules began in column 5 of line 1, 2, 3 ... of p.yaml. */
export function policyOf(rules: readonly string[], parts: Partial<SeccompPolicy> = {}): SeccompPolicy {
  return {
    default: { text: 'kill_process', span: undefined },
    kernel: undefined,
    groups: new Map(),
    span: undefined,
    rules: rules.map((text, index) => ({
      text,
      span: { file: 'p.yaml', line: index + 1, column: 5, length: text.length },
    })),
    ...parts,
  };
}

/** The filter of rules that are expected to be right. */
export function filterOf(
  rules: readonly string[],
  parts: Partial<SeccompPolicy> = {},
  architecture: Architecture = 'x86_64',
): Filter {
  const { filter, diagnostics } = resolveFilter(policyOf(rules, parts), architecture);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((error) => error.message).join('; '));
  return filter;
}
