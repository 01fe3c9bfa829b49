import { capabilityNames } from '../../kernel/capabilities.ts';
import type { Plan } from '../plan.ts';
import type { Role } from '../step.ts';
import { capabilityText } from '../steps/capabilities.ts';
import { lockedSecurebits } from '../steps/identity.ts';
import type { Credentials } from './credentials.ts';
import type { Invariant, Violation } from './violation.ts';

/** Privilege that a process must not keep: uid 0, a capability beyond the policy, a way to gain one. */
export function confinementProblems(
  { uids, effective, permitted, inheritable, ambient, bounding, securebits, noNewPrivileges }: Credentials,
  { grants, shape, contract }: Plan,
  role: Role,
): readonly Violation[] {
  const granted = role === 'outer' && shape !== 'direct' ? 0n : grants.capabilities;
  // An ordinary user's process that stays the user's own: with every set empty and no_new_privs, nothing gives it more
  // than it had, also with a full bounding set.
  const staysCaller = contract.identity === undefined && !uids.includes(0);
  const violations: Violation[] = [];
  const require = (holds: boolean, invariant: Invariant, message: string): void => {
    if (!holds) violations.push({ invariant, message });
  };
  require(grants.root || !uids.includes(0), 'no-root-left', `uid 0 is left: ${uids.join(' ')}`);
  for (const [name, set] of Object.entries({ effective, permitted, inheritable, ambient })) {
    require((set & ~granted) ===
      0n, 'no-capability-left', `${capabilityText(set & ~granted)} is left in the ${name} set`);
  }
  require(bounding === 0n ||
    staysCaller, 'no-capability-left', `the bounding set holds ${capabilityNames(bounding).length} capabilities`);
  require(securebits === lockedSecurebits(grants.root) ||
    staysCaller, 'no-capability-left', 'the secure bits are not locked');
  require(noNewPrivileges, 'no-new-privs-before-filter', 'no_new_privs is not set');
  return violations;
}
