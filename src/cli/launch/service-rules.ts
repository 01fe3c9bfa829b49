import { programMakesTerminals } from '../../host/makes-terminals.ts';
import type { Architecture } from '../../kernel/architecture.ts';
import type { Policy } from '../../policy/policy.ts';
import { surroundingsOf } from '../../seccomp/explain/surroundings.ts';
import type { ServiceRules } from '../../supervisor/assignment.ts';

/** The rules of a policy as plain data: whoever explains a denied call has no policy to read. */
export function serviceRules(policy: Policy, architecture: Architecture): ServiceRules {
  const { default: fallback, kernel, rules, groups } = policy.seccomp;
  const around = surroundingsOf(policy, programMakesTerminals(policy));
  return { architecture, default: fallback, kernel, rules, groups: Object.fromEntries(groups), around };
}
