import { RLIMIT_NAMES } from '../../kernel/rlimits.ts';
import { POLICY_KEYS } from './policy-keys.ts';

const NESTED: Readonly<Record<string, readonly string[]>> = {
  environment: ['pass', 'set'],
  rlimits: RLIMIT_NAMES,
  limits: ['sessions', 'per-source', 'time', 'drain'],
  seccomp: ['default', 'kernel', 'rules', 'groups', 'weights'],
};

/** The keys that the mapping at a path may have, to suggest one for a typo. */
export function policyKeysAt(path: readonly PropertyKey[]): readonly string[] {
  return path.length === 0 ? Object.keys(POLICY_KEYS) : (NESTED[path.map(String).join('.')] ?? []);
}
